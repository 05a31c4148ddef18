// Registers and manages container registries.
// All functions warn of registrations that cannot be used. Those that change something apply all
// changes, or none.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/app.hpp"
#include "app/events.hpp"
#include "store/store.hpp"

namespace berth::app {

struct RegisterRequest {
  std::string name = {};
  std::string flavor = {};
  std::string uri = {};
  std::vector<std::pair<std::string, std::string>> settings =
      {};  // as text, parsed by the flavor's schema
  std::vector<std::pair<std::string, std::string>> labels = {};
};

// Validates what can be validated without a connection, and starts the flavor once. Returns what
// was stored.
base::Result<store::ContainerRegistry> register_container_registry(const App& app,
                                                                   const RegisterRequest& request,
                                                                   Events& events);

struct UpdateRequest {
  std::string name = {};
  std::optional<std::string> uri = {};
  std::vector<std::string> unset =
      {};  // settings that get their defaults again; before `set` is applied
  std::vector<std::pair<std::string, std::string>> set = {};
};

base::Result<void> update_container_registry(const App& app, const UpdateRequest& request,
                                             Events& events);

base::Result<void> rename_container_registry(const App& app, const std::string& from,
                                             const std::string& to, Events& events);
base::Result<void> copy_container_registry(const App& app, const std::string& from,
                                           const std::string& to, Events& events);

// What to do if the container registry to delete is the active one.
enum class IfActive { fail, remove };

// Class usage, code "registry.active". Also deletes a registration that cannot be used.
base::Result<void> delete_container_registry(const App& app, const std::string& name,
                                             IfActive if_active, Events& events);

base::Result<void> set_active_container_registry(const App& app, const std::string& name,
                                                 Events& events);
struct ActiveContainerRegistry {
  std::string name;
  base::Result<store::ContainerRegistry> registry;  // an error if the registration cannot be used
};

// Class not-found, code "registry.no-active".
base::Result<ActiveContainerRegistry> active_container_registry(const App& app, Events& events);

base::Result<store::Contents> list_container_registries(const App& app, Events& events);

}  // namespace berth::app
