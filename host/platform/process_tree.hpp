// The descendants of a process.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace berth::platform {

// Returns the running descendants of `ancestor`, parents before children, without those that have
// exited. Empty if the system does not report them.
std::vector<pid_t> descendants_of(pid_t ancestor);

// Returns the number of open descriptors of a process; 0 if the system does not report it.
std::size_t count_descriptors(pid_t process);

// Whether a debugger is attached to the process.
bool is_traced(pid_t process);

// Kills the descendants of `ancestor` (SIGKILL) until all are being killed, so that a process that
// starts others meanwhile does not escape. Complete if `ancestor` is a running supervisor of
// program_process.hpp: orphaned processes are then its children. Returns within about half a
// second, also if a process cannot be killed (a setuid program).
void kill_descendants(pid_t ancestor);

}  // namespace berth::platform
