// Describes a container registry with its effective settings, or a flavor.
#pragma once

#include <string>
#include <vector>

#include "app/app.hpp"
#include "app/events.hpp"
#include "flavor/flavor_settings.hpp"
#include "flavor/index.hpp"
#include "store/store.hpp"

namespace berth::app {

struct EffectiveSetting {
  flavor::Setting setting;
  base::Json value;          // null if it is not set and has no default
  base::Json default_value;  // null if it has none
  std::string source;        // "registered", "default", "not set", or the name of a variable
};

struct ContainerRegistryDescription {
  store::ContainerRegistry registry;
  bool active = false;
  flavor::Candidate plugin;
  std::string pin;  // "sha256:…", or why it is not pinned
  std::vector<EffectiveSetting> settings;
};

// `name`: empty for the active one. Class not-found, code "registry.no-active".
base::Result<ContainerRegistryDescription> describe_container_registry(const App& app,
                                                                       const std::string& name,
                                                                       Events& events);

struct FlavorDescription {
  flavor::Candidate plugin;  // has metadata
  std::vector<flavor::Setting> settings;
};

base::Result<FlavorDescription> describe_flavor(const App& app, const std::string& name,
                                                Events& events);

}  // namespace berth::app
