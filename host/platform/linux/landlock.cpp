#include "platform/linux/landlock.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "platform/unique_fd.hpp"

namespace berth::platform {
namespace {

struct RulesetAttributes {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;  // since version 4
  std::uint64_t scoped;              // since version 6
};

// Returns how many bytes of RulesetAttributes this version of Landlock has.
std::size_t size_of_attributes(long version) {
  if (version >= 6) return sizeof(RulesetAttributes);
  return version >= 4 ? offsetof(RulesetAttributes, scoped)
                      : offsetof(RulesetAttributes, handled_access_net);
}

RulesetAttributes attributes_of(long version) {
  RulesetAttributes attributes{(1U << 13U) - 1, 0, 0};          // version 1: execute to make_sym
  if (version >= 2) attributes.handled_access_fs |= 1U << 13U;  // refer
  if (version >= 3) attributes.handled_access_fs |= 1U << 14U;  // truncate
  if (version >= 4) attributes.handled_access_net = 1U << 0U | 1U << 1U;  // bind and connect TCP
  if (version >= 5) attributes.handled_access_fs |= 1U << 15U;            // device ioctl
  if (version >= 6) attributes.scoped = 1U << 0U | 1U << 1U;  // abstract unix sockets, signals
  return attributes;
}

void allow_random_numbers(int ruleset) {
  const UniqueFd file(::open("/dev/urandom", O_PATH | O_CLOEXEC));
  const landlock_path_beneath_attr rule{LANDLOCK_ACCESS_FS_READ_FILE, file.get()};
  if (file) ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

}  // namespace

bool restrict_files() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return false;
  const auto attributes = attributes_of(version);
  const UniqueFd ruleset(static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &attributes, size_of_attributes(version), 0)));
  if (!ruleset) return false;
  allow_random_numbers(ruleset.get());
  return ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0;
}

}  // namespace berth::platform
