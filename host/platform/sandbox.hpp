// Sandboxes this process irrevocably before a plugin is loaded. A fault of a plugin is always
// contained, because it runs in its own process. A malicious plugin is contained only if all parts
// are in force.
#pragma once

#include "platform/sandbox_parts.hpp"
#include "platform/unique_fd.hpp"

namespace berth::platform {

struct Sandbox {
  SandboxParts parts;
  // Passed to the host, which decides with it on each new thread (thread_limit.hpp). Empty if this
  // machine does not support it; the host then counts the threads.
  UniqueFd threads;
};

// Sandboxes this process: limits its resources, loads the libraries for which is_system_library()
// is true, and drops all privileges; then takes away files and system calls. A part that this
// machine does not support stays false.
Sandbox enter_sandbox();

// Takes away, from all threads, the system calls that were needed only for loading. Returns false
// if that failed; true if the system calls of this process are not restricted.
bool leave_loading(const Sandbox& sandbox);

}  // namespace berth::platform
