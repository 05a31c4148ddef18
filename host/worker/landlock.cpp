// Landlock with an empty rule set: every access to a file is denied. What is open stays open, and a sealed memory file
// lies on no file system that Landlock guards. Source: kernel documentation, userspace-api/landlock.
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "worker/confinement.hpp"

namespace berth::worker {
namespace {

// Access rights that each version of the kernel's interface added; Debian 12's headers know the first two.
std::uint64_t rights_of(int version) {
  constexpr std::uint64_t kFirst = (1U << 13U) - 1;    // execute … make_sym
  constexpr std::uint64_t kRefer = 1U << 13U;          // 2
  constexpr std::uint64_t kTruncate = 1U << 14U;       // 3
  constexpr std::uint64_t kDeviceControl = 1U << 15U;  // 5
  std::uint64_t rights = kFirst;
  if (version >= 2) rights |= kRefer;
  if (version >= 3) rights |= kTruncate;
  if (version >= 5) rights |= kDeviceControl;
  return rights;
}

}  // namespace

bool forbid_files() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return false;
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = rights_of(static_cast<int>(version));
  const long ruleset = ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
  if (ruleset < 0) return false;
  const bool engaged = ::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  ::close(static_cast<int>(ruleset));
  return engaged;
}

}  // namespace berth::worker
