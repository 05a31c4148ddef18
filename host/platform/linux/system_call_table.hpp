// The system calls that a plugin's runtime needs, with the reason for each. Numbers differ by
// architecture; kNone means that the architecture does not have the call.
// Source: the kernel's arch/x86/entry/syscalls/syscall_64.tbl and scripts/syscall.tbl (arm64).
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace berth::platform {

enum class Architecture { x86_64, arm64 };

// The highest system call number in the table: that of Linux 6.18.
inline constexpr std::uint32_t kLastKnownCall = 469;

inline constexpr std::uint32_t kNone = 0xffffffff;

// A condition on one argument. A call must fulfil all conditions of its rule, otherwise it fails
// with the rule's `refusal`.
struct ArgumentTest {
  enum class Kind { unused, bits, one_of, zero, same_process };
  Kind kind = Kind::unused;
  std::uint8_t index = 0;
  std::uint32_t mask = 0;  // bits: (argument & mask) == value
  std::uint32_t value = 0;
  const std::uint32_t* values = nullptr;  // one_of
  std::size_t count = 0;
};

struct CallRule {
  std::uint32_t x86_64 = kNone;
  std::uint32_t arm64 = kNone;
  std::string_view name;
  std::string_view reason;
  bool only_loading = false;
  bool opens = false;  // opens files: allowed only if FilterOptions::may_open
  bool clones = false;
  ArgumentTest first{};
  ArgumentTest second{};
  int refusal = EPERM;
};

std::span<const CallRule> call_rules();

// Calls that are denied with ENOSYS, so that the C library uses an older call. Their numbers are
// the same on every architecture.
std::span<const std::uint32_t> calls_with_fallback();

// A range of numbers below kLastKnownCall that no kernel has used.
struct CallGap {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};
CallGap unused_calls(Architecture architecture);

std::uint32_t ioctl_number(Architecture architecture);

}  // namespace berth::platform
