// Starting berth-flavor-worker: the one place that knows how a process is made here.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::flavor {

struct SpawnedWorker {
  pid_t pid = -1;
  base::UniqueFd process;  // pidfd: readable once the process has ended
  base::UniqueFd channel;  // our end of the socket pair
  base::UniqueFd output;   // what it prints, on either stream
};

// Clean environment, a process group of its own, nothing inherited but the channel and the plugin's bytes.
// Class plugin, code "plugin.worker".
base::Result<SpawnedWorker> spawn_worker(const std::string& program, const base::UniqueFd& plugin);

}  // namespace berth::flavor
