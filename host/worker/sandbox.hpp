// Sandbox of this process, for good: what a plugin could reach is taken away before it is loaded.
// Fault containment (a process of its own) always holds; malice containment needs both Landlock and seccomp.
#pragma once

#include "base/unique_fd.hpp"

namespace berth::worker {

struct Sandbox {
  bool no_new_privileges = false;
  bool files = false;         // Landlock: no file can be opened but /dev/urandom, for reading
  bool system_calls = false;  // seccomp: only the calls of system_call_table.hpp
  // The filter's listener: the host decides on each new thread. Empty if this machine does not permit one; the host
  // then counts threads itself.
  base::UniqueFd threads;
};

// Limits, no_new_privs, the allowed system libraries loaded by name, capabilities dropped, Landlock, seccomp: in this
// order. What this machine does not offer stays false.
Sandbox enter_sandbox();

// Adds the second filter, for every thread: without what only loading needed. False if it could not be added.
bool leave_loading(const Sandbox& sandbox);

// The parts that have a file of their own.
bool restrict_files();
bool restrict_system_calls(Sandbox& sandbox);

}  // namespace berth::worker
