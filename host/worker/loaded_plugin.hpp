// Loads the plugin and validates its descriptor. A plugin is never unloaded.
#pragma once

#include <berth/abi.h>

#include <string>

#include "base/result.hpp"

namespace berth::worker {

// Loads the shared object that is open in `fd`, which runs its constructors, and returns its
// descriptor. Errors: class plugin, codes "plugin.load", "plugin.no-symbol", "plugin.descriptor".
base::Result<const berth_plugin*> load_plugin(int fd);

}  // namespace berth::worker
