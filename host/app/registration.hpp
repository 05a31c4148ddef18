// Steps that register and update of a container registry have in common.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/app.hpp"
#include "app/events.hpp"
#include "flavor/index.hpp"
#include "store/store.hpp"

namespace berth::app {

// Parses the given values by the flavor's schema and sets them. Relative paths become absolute.
// Class usage, code "setting.secret", for secret settings: the store never contains a secret.
base::Result<void> set_settings(store::ContainerRegistry& registry,
                                const std::vector<std::pair<std::string, std::string>>& given,
                                const flavor::FlavorIndex& index);

// Removes settings. Class usage, codes "setting.unknown" and "setting.unset".
base::Result<void> unset_settings(store::ContainerRegistry& registry,
                                  const std::vector<std::string>& names,
                                  const flavor::FlavorIndex& index);

// Validates what can be validated without a connection: flavor, settings as a whole, kind of the
// URI, CA file. Then starts the flavor once with them.
base::Result<void> try_registration(const App& app, const store::ContainerRegistry& registry,
                                    const flavor::FlavorIndex& index);

// Returns the registry of that name in `contents`, to be modified. Class not-found or disk.
base::Result<store::ContainerRegistry*> find_to_change(store::Contents& contents,
                                                       const std::string& name);

}  // namespace berth::app
