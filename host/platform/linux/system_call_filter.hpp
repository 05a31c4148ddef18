// Builds the seccomp filter of a plugin's process: the system calls that a plugin's runtime needs
// are allowed, all others denied. The filter is built from a table of system call numbers, so that
// it does not depend on the headers and the kernel of the machine that compiles it.
//   allowed               the call is executed (`threads_notify`: clone() is first reported to the
//   listener) known, but denied     EPERM; ioctl(): ENOTTY, as for a descriptor that is not a
//   terminal has a fallback        ENOSYS, so that the C library uses the older call unknown number
//   ENOSYS, as from a kernel that does not have the call x32, int 0x80, AArch32: the process is
//   killed, because these interfaces number the calls differently
// Source: seccomp(2); kernel documentation, userspace-api/seccomp_filter; the kernel's
// syscall_64.tbl and syscall.tbl.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "platform/linux/system_call_table.hpp"

namespace berth::platform {

// Both filters are in force once both are installed: a call must be allowed by each.
enum class FilterStage {
  loading,  // installed before the plugin is loaded
  running,  // installed once it is loaded: without the calls that only loading needs
};

struct FilterOptions {
  Architecture architecture = Architecture::x86_64;
  FilterStage stage = FilterStage::loading;
  std::uint32_t process = 0;    // getpid(): the only process that tgkill() may target
  bool threads_notify = false;  // the filter's listener approves each new thread
  bool may_open = true;         // false: no file can be opened once the plugin is loaded
};

// Returns the filter. Every path ends with a return instruction. At most 4,096 instructions, the
// kernel's limit.
std::vector<sock_filter> build_filter(const FilterOptions& options);

// Returns the name of a system call and the reason why the table allows it, regardless of the rules
// for its arguments. Both are empty if the call is denied.
struct AllowedCall {
  std::string_view name;
  std::string_view reason;
};
AllowedCall find_allowed_call(Architecture architecture, FilterStage stage, std::uint32_t number);

}  // namespace berth::platform
