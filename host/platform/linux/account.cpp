#include "platform/account.hpp"

#include <cstdint>
#include <fstream>

namespace berth::platform {

// user_namespaces(7): files of users that the namespace does not map are shown as owned by the
// overflow user.
bool is_unmapped(uid_t user) {
  uid_t overflow = 65534;
  std::ifstream("/proc/sys/kernel/overflowuid") >> overflow;
  if (user != overflow) return false;
  std::uint64_t inside = 0;
  std::uint64_t outside = 0;
  std::uint64_t count = 0;
  std::ifstream("/proc/self/uid_map") >> inside >> outside >> count;
  return count < 0xffffffffU;
}

}  // namespace berth::platform
