#include "platform/linux/process_privileges.hpp"

#include <linux/capability.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace berth::platform {
namespace {

// glibc has no wrapper for capget(2). Version 3 has 64 bits in two structures.
std::uint64_t permitted_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return 0;
  return std::uint64_t{data[1].permitted} << 32U | data[0].permitted;
}

std::uint64_t ambient_capabilities() {
  std::uint64_t set = 0;
  for (unsigned bit = 0; bit < 64; ++bit)
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, bit, 0, 0) == 1)
      set |= std::uint64_t{1} << bit;
  return set;
}

}  // namespace

ProcessPrivileges process_privileges() {
  ProcessPrivileges process;
  process.secure = ::getauxval(AT_SECURE) != 0;
  // The other fields are used only if it is set.
  if (!process.secure) return process;
  process.real_user = ::getuid();
  process.effective_user = ::geteuid();
  process.real_group = ::getgid();
  process.effective_group = ::getegid();
  process.permitted = permitted_capabilities();
  process.ambient = ambient_capabilities();
  return process;
}

bool is_elevated(const ProcessPrivileges& process) {
  if (!process.secure) return false;
  if (process.real_user != process.effective_user || process.real_group != process.effective_group)
    return true;
  return process.real_user != 0 && (process.permitted & ~process.ambient) != 0;
}

bool is_elevated() { return is_elevated(process_privileges()); }

}  // namespace berth::platform
