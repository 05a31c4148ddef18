// The loaded plugin: its descriptor, checked. Never unloaded.
#pragma once

#include <berth/abi.h>

#include <string>

#include "base/result.hpp"

namespace berth::worker {

// Loads the shared object in descriptor `fd`; runs its constructors. Class plugin, codes "plugin.load",
// "plugin.no-symbol", "plugin.descriptor".
base::Result<const berth_plugin*> load_plugin(int fd);

}  // namespace berth::worker
