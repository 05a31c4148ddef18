// The descendants of a process, as /proc shows them.
#pragma once

#include <sys/types.h>

#include <vector>

namespace berth::base {

// The running descendants of `ancestor`, children before their own children; without it, and without zombies.
// Empty if /proc cannot be read.
std::vector<pid_t> descendants_of(pid_t ancestor);

// Kills (SIGKILL) the descendants of `ancestor` until none is left that is not being killed already, so that a process
// that starts others meanwhile does not escape. Complete if `ancestor` is a subreaper (prctl(2),
// PR_SET_CHILD_SUBREAPER) that still runs: a process whose parent has ended is then its child. Returns within about
// half a second, also if a process must not be killed (a setuid program).
void kill_descendants(pid_t ancestor);

}  // namespace berth::base
