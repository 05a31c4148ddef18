// Starts the process berth-flavor-worker.
#pragma once

#include <string>

#include "base/result.hpp"
#include "platform/child_process.hpp"

namespace berth::flavor {

struct SpawnedWorker {
  platform::ChildProcess process;
  platform::UniqueFd channel;  // the host's end of the socket pair
  platform::UniqueFd output;   // read end of the pipe for its standard output and standard error
};

// Starts `program` with an empty environment in its own process group. It inherits only the
// channel, the output pipe and `plugin`, the plugin's bytes. Errors: class plugin, code
// "plugin.worker".
base::Result<SpawnedWorker> spawn_worker(const std::string& program,
                                         const platform::UniqueFd& plugin);

}  // namespace berth::flavor
