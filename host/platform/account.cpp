#include "platform/account.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>

namespace berth::platform {

std::string account_home() {
  const passwd* account = ::getpwuid(::getuid());
  return account != nullptr && account->pw_dir != nullptr ? account->pw_dir : "";
}

std::optional<gid_t> primary_group(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return std::nullopt;
  return found->pw_gid;
}

}  // namespace berth::platform
