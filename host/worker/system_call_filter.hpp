// The seccomp filter of a plugin's process, as a value: what a plugin's runtime needs is allowed, everything else is
// refused. Built from one table of calls by number, so that it depends neither on the headers nor on the kernel of the
// machine that compiles it.
//   allowed               the call is made (`threads_notify`: clone() is first reported to the listener)
//   in the table, refused EPERM; ENOTTY for ioctl(), as for a descriptor that is not a terminal
//   has a fallback        ENOSYS: the C library then uses the older call
//   unknown number        ENOSYS, as from a kernel that does not have it
//   x32, int 0x80, AArch32: the process is killed: these interfaces number the same calls differently
// Source: seccomp(2); kernel documentation, userspace-api/seccomp_filter; the kernel's syscall_64.tbl and syscall.tbl.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace berth::worker {

enum class Architecture { x86_64, arm64 };

// The two filters are stacked: a call needs the permission of both.
enum class FilterStage {
  loading,  // in force before the plugin's first instruction
  running,  // added once the plugin is loaded: without what only the loader needs
};

struct FilterOptions {
  Architecture architecture = Architecture::x86_64;
  FilterStage stage = FilterStage::loading;
  std::uint32_t process = 0;    // of getpid(): tgkill() may name only this process
  bool threads_notify = false;  // a new thread needs the consent of the filter's listener
  bool may_open = true;         // false: no file can be opened once the plugin is loaded
};

// Ends with a return on every path; at most 4,096 instructions, the kernel's limit.
std::vector<sock_filter> build_filter(const FilterOptions& options);

// Whether the table allows the call, whatever its arguments; its name and the reason in the table ("" if refused).
struct AllowedCall {
  std::string_view name;
  std::string_view reason;
};
AllowedCall find_allowed_call(Architecture architecture, FilterStage stage, std::uint32_t number);

// The highest call number that the table covers: Linux 6.18.
inline constexpr std::uint32_t kLastKnownCall = 469;

}  // namespace berth::worker
