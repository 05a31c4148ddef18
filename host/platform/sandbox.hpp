// Sandboxes this process irrevocably before a plugin is loaded.
// A fault of a plugin is always contained, because it runs in its own process. A malicious plugin
// is contained only with Landlock, seccomp and no_new_privs.
#pragma once

#include "platform/unique_fd.hpp"

namespace berth::platform {

struct Sandbox {
  bool no_new_privileges = false;
  bool files = false;         // Landlock: only /dev/urandom can be opened, for reading
  bool system_calls = false;  // seccomp: only the system calls in system_call_table.hpp
  // The listener of the seccomp filter, with which the host decides on each new thread. Empty if
  // this machine does not support it; the host then counts the threads.
  UniqueFd threads;
};

// Sandboxes this process, in this order: resource limits, no_new_privs, loading the permitted
// system libraries by name, dropping capabilities, Landlock, seccomp. Returns which parts are in
// force; a part that this machine does not support stays false.
Sandbox enter_sandbox();

// Installs the second seccomp filter for all threads, which denies the system calls that were
// needed only for loading. Returns false if that failed, true without seccomp.
bool leave_loading(const Sandbox& sandbox);

}  // namespace berth::platform
