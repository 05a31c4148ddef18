// The privileges of this process: its users, groups and capabilities. Sources: getauxval(3),
// capabilities(7).
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "platform/elevated.hpp"

namespace berth::platform {

struct ProcessPrivileges {
  bool secure = false;  // AT_SECURE of the auxiliary vector
  uid_t real_user = 0;
  uid_t effective_user = 0;
  gid_t real_group = 0;
  gid_t effective_group = 0;
  std::uint64_t permitted = 0;  // capabilities, by bit
  std::uint64_t ambient = 0;    // those that the caller passed to it
};

ProcessPrivileges process_privileges();

// Returns whether the program has more privileges than its caller. AT_SECURE is not enough: SELinux
// also sets it for the first program of a container, whose user and capabilities are its caller's
// (bottlerocket#2884).
bool is_elevated(const ProcessPrivileges& process);

}  // namespace berth::platform
