#include "app/describe.hpp"

#include "app/workspace.hpp"

namespace berth::app {
namespace {

std::string describe_pin(const store::Contents& contents, const flavor::Candidate& candidate) {
  for (const auto& pin : contents.pins)
    if (pin.path == candidate.path)
      return pin.development ? "path and permissions (development)" : "sha256:" + pin.sha256;
  return candidate.origin == flavor::Origin::built_in ? "not pinned (installed with berth)"
                                                      : "not pinned";
}

// Precedence: environment, registered setting, default.
EffectiveSetting effective_setting(const App& app, const store::ContainerRegistry& registry,
                                   const flavor::Setting& setting) {
  EffectiveSetting effective{
      .setting = setting, .value = {}, .default_value = setting.default_value, .source = "default"};
  if (setting.name == "tls") effective.default_value = !oci::is_loopback_host(registry.uri.host());
  effective.value = effective.default_value;
  if (effective.value.is_null()) effective.source = "not set";
  if (const base::Json* value = registry.settings.find(setting.name)) {
    effective.value = *value;
    effective.source = "registered";
  }
  const std::string variable = setting.name == "ca-file" ? app.variable("BERTH_CA_FILE") : "";
  if (!variable.empty()) {
    effective.value = variable;
    effective.source = "BERTH_CA_FILE";
  }
  return effective;
}

}  // namespace

base::Result<ContainerRegistryDescription> describe_container_registry(const App& app,
                                                                       const std::string& name,
                                                                       Events& events) {
  BERTH_TRY(const auto workspace, open_workspace(app, events));
  const std::string& chosen = name.empty() ? workspace.contents.active : name;
  if (chosen.empty())
    return base::Error(base::ErrorClass::not_found, "registry.no-active",
                       "no container registry is active")
        .fix("berth registry use NAME, or pass NAME");
  BERTH_TRY(const auto* registry, workspace.contents.find(chosen));
  BERTH_TRY(const auto* candidate, workspace.index.find(registry->flavor));
  BERTH_TRY(const auto settings, flavor::settings_of(candidate->metadata->settings_schema));
  ContainerRegistryDescription description{.registry = *registry,
                                           .active = registry->name == workspace.contents.active,
                                           .plugin = *candidate,
                                           .pin = describe_pin(workspace.contents, *candidate),
                                           .settings = {}};
  BERTH_CHECK(flavor::add_sha256(description.plugin));
  for (const auto& setting : settings)
    description.settings.push_back(effective_setting(app, *registry, setting));
  return description;
}

base::Result<FlavorDescription> describe_flavor(const App& app, const std::string& name,
                                                Events& events) {
  BERTH_TRY(const auto workspace, open_workspace(app, events));
  BERTH_TRY(const auto* candidate, workspace.index.find(name));
  BERTH_TRY(auto settings, flavor::settings_of(candidate->metadata->settings_schema));
  FlavorDescription description{.plugin = *candidate, .settings = std::move(settings)};
  BERTH_CHECK(flavor::add_sha256(description.plugin));
  return description;
}

}  // namespace berth::app
