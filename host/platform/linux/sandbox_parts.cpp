#include "platform/sandbox_parts.hpp"

namespace berth::platform {

SandboxNames sandbox_names() {
  return {.privileges = "no_new_privs", .files = "landlock", .system_calls = "seccomp"};
}

std::string_view missing_part(const SandboxParts& parts) {
  if (!parts.system_calls) return "seccomp";
  if (!parts.files) return "Landlock";
  return parts.privileges ? "" : "no_new_privs";
}

}  // namespace berth::platform
