// The parts of the sandbox of a plugin's process, and what this system calls them.
#pragma once

#include <string_view>

namespace berth::platform {

// Which parts are in force. A plugin that is malicious is contained only by all of them.
struct SandboxParts {
  bool privileges = false;    // the process cannot gain privileges
  bool files = false;         // it cannot open files, except a source of random numbers
  bool system_calls = false;  // it can make only the system calls that a plugin's runtime needs
};

// For log lines and reports.
struct SandboxNames {
  std::string_view privileges;
  std::string_view files;
  std::string_view system_calls;
};
SandboxNames sandbox_names();

// Returns the name of a missing part, for messages; empty if all are in force.
std::string_view missing_part(const SandboxParts& parts);

}  // namespace berth::platform
