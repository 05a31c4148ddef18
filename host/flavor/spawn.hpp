// Starts the process berth-flavor-worker.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::flavor {

struct SpawnedWorker {
  pid_t pid = -1;
  base::UniqueFd process;  // pidfd: readable once the process has exited
  base::UniqueFd channel;  // the host's end of the socket pair
  base::UniqueFd output;   // read end of the pipe for its standard output and standard error
};

// Starts `program` with an empty environment in its own process group. It inherits only the
// channel, the output pipe and `plugin`, the plugin's bytes. Errors: class plugin, code
// "plugin.worker".
base::Result<SpawnedWorker> spawn_worker(const std::string& program, const base::UniqueFd& plugin);

}  // namespace berth::flavor
