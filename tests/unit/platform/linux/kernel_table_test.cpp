// The numbers of system_call_table.cpp are those of the kernel's own headers, for both
// architectures on either: the package linux-libc-dev has asm-generic/unistd.h, which is the table
// of arm64, everywhere.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "platform/linux/system_call_filter.hpp"
#include "platform/linux/system_call_table.hpp"
#include "support/requirements.hpp"
#include "support/temp_dir.hpp"
#include "unit/platform/linux/filter_interpreter.hpp"

using namespace berth::platform;

namespace {

using Numbers = std::map<std::string, std::uint32_t>;

const char* const kArm64Header = "/usr/include/asm-generic/unistd.h";
// Debian has it below the directory of the architecture; other systems, and cross compilers,
// elsewhere.
const char* const kX86Headers[] = {"/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
                                   "/usr/include/asm/unistd_64.h",
                                   "/usr/x86_64-linux-gnu/include/asm/unistd_64.h"};

// Whether a condition of asm-generic/unistd.h holds on arm64, whose asm/unistd.h defines what it
// wants.
bool holds_on_arm64(const std::string& condition) {
  if (condition.find("__BITS_PER_LONG == 64") != std::string::npos) return true;
  if (condition.find("__BITS_PER_LONG != 32") != std::string::npos) return true;
  if (condition.find("__BITS_PER_LONG == 32") != std::string::npos) return false;
  if (condition.find("__SYSCALL_COMPAT") != std::string::npos) return false;
  for (const char* wanted :
       {"RENAMEAT", "NEW_STAT", "SET_GET_RLIMIT", "SYS_CLONE3", "MEMFD_SECRET", "TIME32_SYSCALLS"})
    if (condition.find(std::string("__ARCH_WANT_") + wanted) != std::string::npos) return true;
  return condition.find("ndef") != std::string::npos;  // "#ifndef __ARCH_NOMMU"
}

// The lines of a header that are compiled.
std::vector<std::string> compiled_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::vector<bool> active{true};
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("#if")) {
      active.push_back(active.back() && holds_on_arm64(line));
    } else if (line.starts_with("#else")) {
      const bool outer = active[active.size() - 2];
      active.back() = outer && !active.back();
    } else if (line.starts_with("#endif")) {
      active.pop_back();
    } else if (active.back()) {
      lines.push_back(line);
    }
  }
  return lines;
}

// "#define __NR_read 63"; "#define __NR3264_lseek 62" with "#define __NR_lseek __NR3264_lseek".
Numbers parse_numbers(const std::string& text) {
  Numbers shared;
  Numbers numbers;
  for (const auto& line : compiled_lines(text)) {
    std::istringstream fields(line);
    std::string define;
    std::string name;
    std::string value;
    if (!(fields >> define >> name >> value) || define != "#define") continue;
    if (name.starts_with("__NR3264_")) shared[name] = static_cast<std::uint32_t>(std::stoul(value));
    if (!name.starts_with("__NR_") || name == "__NR_syscalls") continue;
    const bool is_number = value.find_first_not_of("0123456789") == std::string::npos;
    if (is_number) numbers[name.substr(5)] = static_cast<std::uint32_t>(std::stoul(value));
    if (shared.contains(value)) numbers[name.substr(5)] = shared[value];
  }
  return numbers;
}

std::optional<Numbers> kernel_numbers(Architecture architecture) {
  std::vector<std::string> files{kArm64Header};
  if (architecture == Architecture::x86_64)
    files.assign(std::begin(kX86Headers), std::end(kX86Headers));
  for (const auto& file : files)
    if (::access(file.c_str(), R_OK) == 0) return parse_numbers(berth::test::slurp(file));
#if defined(__x86_64__)
  const bool required = true;
#else
  const bool required =
      architecture != Architecture::x86_64;  // its header comes with a cross compiler only
#endif
  if (required) berth::test::require_machine(false, files.front() + " (linux-libc-dev)");
  if (!required)
    std::fprintf(stderr, "SKIPPED: the table of x86-64: there is no %s\n", files.front().c_str());
  return std::nullopt;
}

std::uint32_t number_of(const CallRule& rule, Architecture architecture) {
  return architecture == Architecture::x86_64 ? rule.x86_64 : rule.arm64;
}

constexpr Architecture kTableArchitectures[] = {Architecture::x86_64, Architecture::arm64};

constexpr std::pair<const char*, std::uint32_t> kFallbacks[] = {
    {"clone3", 435},       {"openat2", 437},     {"faccessat2", 439},
    {"epoll_pwait2", 441}, {"futex_waitv", 449}, {"map_shadow_stack", 453},
    {"futex_wake", 454},   {"futex_wait", 455},  {"futex_requeue", 456},
    {"mseal", 462}};

}  // namespace

TEST_CASE("kernel table: each allowed call has the kernel's number") {
  for (const auto architecture : kTableArchitectures) {
    CAPTURE(static_cast<int>(architecture));
    const auto kernel = kernel_numbers(architecture);
    if (!kernel) continue;
    REQUIRE(kernel->size() > 250);
    for (const auto& rule : call_rules()) {
      const std::string name(rule.name);
      CAPTURE(name);
      const auto found = kernel->find(name);
      const auto number = number_of(rule, architecture);
      // "select" and its like exist on x86-64 only.
      if (number == kNone) {
        CHECK(found == kernel->end());
        continue;
      }
      REQUIRE(found != kernel->end());
      CHECK(found->second == number);
    }
    REQUIRE(kernel->contains("ioctl"));
    CHECK(kernel->at("ioctl") == ioctl_number(architecture));
  }
}

TEST_CASE("kernel table: exactly the expected calls have a fallback") {
  const auto calls = calls_with_fallback();
  REQUIRE(calls.size() == std::size(kFallbacks));
  for (const auto architecture : kTableArchitectures) {
    const auto kernel = kernel_numbers(architecture);
    if (!kernel) continue;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      CAPTURE(kFallbacks[i].first);
      CHECK(calls[i] == kFallbacks[i].second);
      // Newer than these headers, perhaps.
      if (const auto found = kernel->find(kFallbacks[i].first); found != kernel->end())
        CHECK(found->second == calls[i]);
    }
  }
}

// A number in the gap fails with ENOSYS, as if the kernel did not have it: a call there would fail
// for the wrong reason.
TEST_CASE(
    "kernel table: the kernel has no call in the gap, and every call that is not allowed is "
    "refused") {
  for (const auto architecture : kTableArchitectures) {
    const auto kernel = kernel_numbers(architecture);
    if (!kernel) continue;
    const auto gap = unused_calls(architecture);
    const auto interface =
        architecture == Architecture::x86_64 ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_AARCH64;
    const auto filter = build_filter({.architecture = architecture, .stage = FilterStage::running});
    for (const auto& [call, number] : *kernel) {
      const auto& name = call;
      CAPTURE(name);
      CHECK((number < gap.first || number > gap.last));
      if (!find_allowed_call(architecture, FilterStage::running, number).name.empty()) continue;
      const seccomp_data data{static_cast<int>(number), interface, 0, {}};
      const auto decision = berth::test::run_filter(filter, data);
      CHECK((decision & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO);
      CHECK((decision & SECCOMP_RET_DATA) != 0);
    }
  }
}
