#include "app/container_registries.hpp"

#include "app/registration.hpp"
#include "app/workspace.hpp"

namespace berth::app {
namespace {

using base::Error;
using base::ErrorClass;
using store::ContainerRegistry;
using store::Contents;

// As `request` describes it, validated as a whole.
base::Result<ContainerRegistry> updated(const App& app, ContainerRegistry registry,
                                        const UpdateRequest& request,
                                        const flavor::FlavorIndex& index) {
  if (request.uri) {
    BERTH_TRY(registry.uri, oci::RegistryUri::parse(*request.uri));
  }
  BERTH_CHECK(unset_settings(registry, request.unset, index));
  BERTH_CHECK(set_settings(registry, request.set, index));
  BERTH_CHECK(try_registration(app, registry, index));
  return registry;
}

}  // namespace

base::Result<ContainerRegistry> register_container_registry(const App& app,
                                                            const RegisterRequest& request,
                                                            Events& events) {
  BERTH_CHECK(store::check_name(request.name));
  BERTH_TRY(auto uri, oci::RegistryUri::parse(request.uri));
  BERTH_TRY(const auto workspace, open_workspace(app, events));
  ContainerRegistry registry{request.name, request.flavor, std::move(uri), base::Json::object(),
                             request.labels};
  BERTH_CHECK(set_settings(registry, request.settings, workspace.index));
  BERTH_CHECK(try_registration(app, registry, workspace.index));
  BERTH_CHECK(update_store(app, events, [&](Contents& contents) -> base::Result<void> {
    contents.container_registries.push_back(registry);
    return {};
  }));
  return registry;
}

base::Result<void> update_container_registry(const App& app, const UpdateRequest& request,
                                             Events& events) {
  return update_store(app, events, [&](Contents& contents) -> base::Result<void> {
    BERTH_TRY(auto* registry, find_to_change(contents, request.name));
    BERTH_TRY(*registry, updated(app, *registry, request, discover_flavors(app, contents)));
    return {};
  });
}

base::Result<void> rename_container_registry(const App& app, const std::string& from,
                                             const std::string& to, Events& events) {
  return update_store(app, events, [&](Contents& contents) -> base::Result<void> {
    BERTH_TRY(auto* registry, find_to_change(contents, from));
    registry->name = to;
    if (contents.active == from) contents.active = to;
    return {};
  });
}

base::Result<void> copy_container_registry(const App& app, const std::string& from,
                                           const std::string& to, Events& events) {
  return update_store(app, events, [&](Contents& contents) -> base::Result<void> {
    BERTH_TRY(const auto* registry, contents.find(from));
    auto copied = *registry;
    copied.name = to;
    contents.container_registries.push_back(std::move(copied));
    return {};
  });
}

base::Result<void> delete_container_registry(const App& app, const std::string& name,
                                             IfActive if_active, Events& events) {
  return update_store(app, events, [&](Contents& contents) -> base::Result<void> {
    if (const auto found = contents.find(name); !found && found.error().code() != "store.entry")
      return found.error().clone();
    if (contents.active == name && if_active == IfActive::fail)
      return Error(ErrorClass::usage, "registry.active", name + " is the active container registry")
          .fix("berth registry delete --force " + name);
    contents.remove(name);
    return {};
  });
}

base::Result<void> set_active_container_registry(const App& app, const std::string& name,
                                                 Events& events) {
  return update_store(app, events, [&](Contents& contents) -> base::Result<void> {
    BERTH_TRY(const auto* registry, contents.find(name));
    contents.active = registry->name;
    return {};
  });
}

base::Result<ActiveContainerRegistry> active_container_registry(const App& app, Events& events) {
  BERTH_TRY(const auto contents, read_store(app, events));
  if (contents.active.empty())
    return Error(ErrorClass::not_found, "registry.no-active", "no container registry is active")
        .fix("berth registry use NAME");
  const auto found = contents.find(contents.active);
  if (!found) return ActiveContainerRegistry{contents.active, found.error().clone()};
  return ActiveContainerRegistry{contents.active, **found};
}

base::Result<Contents> list_container_registries(const App& app, Events& events) {
  return read_store(app, events);
}

}  // namespace berth::app
