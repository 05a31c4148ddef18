// What registering and changing a container registry have in common.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/app.hpp"
#include "app/events.hpp"
#include "flavor/index.hpp"
#include "store/store.hpp"

namespace berth::app {

// Sets given values ("K=V"), given by the flavor's schema, into the registry's settings. Secret ones are refused: the
// store never holds a secret.
base::Result<void> set_settings(store::ContainerRegistry& registry,
                                const std::vector<std::pair<std::string, std::string>>& given,
                                const flavor::FlavorIndex& index);

// Takes settings away. Class usage, codes "setting.unknown" and "setting.unset".
base::Result<void> unset_settings(store::ContainerRegistry& registry, const std::vector<std::string>& names,
                                  const flavor::FlavorIndex& index);

// Everything that can be validated offline: the flavor exists, the settings as a whole, the uri's kind; the flavor is
// created once with them.
base::Result<void> try_registration(const App& app, const store::ContainerRegistry& registry,
                                    const flavor::FlavorIndex& index);

// The registry of that name in `contents`, to be changed.
base::Result<store::ContainerRegistry*> find_to_change(store::Contents& contents, const std::string& name);

}  // namespace berth::app
