// The filter of each architecture, interpreted: the allowed calls, and the result of each refusal.
#include <doctest/doctest.h>

#include <cerrno>
#include <set>
#include <string>

#include "platform/linux/system_call_filter.hpp"
#include "unit/platform/linux/filter_interpreter.hpp"

using namespace berth::platform;
using berth::test::run_filter;

namespace {

constexpr std::uint32_t kProcess = 4711;

struct Call {
  std::uint32_t number;
  std::uint64_t arguments[6] = {0, 0, 0, 0, 0, 0};
};

std::uint32_t interface_of(Architecture architecture) {
  return architecture == Architecture::x86_64 ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_AARCH64;
}

std::uint32_t decide(const FilterOptions& options, const Call& call, std::uint32_t interface) {
  seccomp_data data{static_cast<int>(call.number), interface, 0, {}};
  for (std::size_t i = 0; i < 6; ++i) data.args[i] = call.arguments[i];
  return run_filter(build_filter(options), data);
}

std::uint32_t decide(const FilterOptions& options, const Call& call) {
  return decide(options, call, interface_of(options.architecture));
}

constexpr std::uint32_t refused(int error) {
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}

FilterOptions options_of(Architecture architecture, FilterStage stage) {
  return {.architecture = architecture, .stage = stage, .process = kProcess};
}

// Number on x86-64, number on arm64.
struct Number {
  const char* name;
  std::uint32_t x86_64;
  std::uint32_t arm64;
  [[nodiscard]] std::uint32_t on(Architecture architecture) const {
    return architecture == Architecture::x86_64 ? x86_64 : arm64;
  }
};

constexpr Number kClone{"clone", 56, 220};
constexpr Number kFcntl{"fcntl", 72, 25};
constexpr Number kPrctl{"prctl", 157, 167};
constexpr Number kPrlimit{"prlimit64", 302, 261};
constexpr Number kOpenat{"openat", 257, 56};
constexpr Number kTgkill{"tgkill", 234, 131};
constexpr Number kClockGettime{"clock_gettime", 228, 113};
constexpr Number kAffinity{"sched_getaffinity", 204, 123};

// What plugins were seen to use, or could use, to reach something outside of their process.
constexpr Number kEscapes[] = {
    {"execve", 59, 221},
    {"execveat", 322, 281},
    {"socket", 41, 198},
    {"connect", 42, 203},
    {"ptrace", 101, 117},
    {"process_vm_readv", 310, 270},
    {"kill", 62, 129},
    {"tkill", 200, 130},
    {"fchmod", 91, 52},
    {"fchmodat", 268, 53},
    {"fchmodat2", 452, 452},
    {"fchown", 93, 55},
    {"setxattr", 188, 5},
    {"setxattrat", 463, 463},
    {"file_setattr", 469, 469},
    {"utimensat", 280, 88},
    {"msgsnd", 69, 189},
    {"msgrcv", 70, 188},
    {"semop", 65, 193},
    {"semtimedop", 220, 192},
    {"shmat", 30, 196},
    {"io_uring_setup", 425, 425},
    {"bpf", 321, 280},
    {"mount", 165, 40},
    {"move_mount", 429, 429},
    {"pidfd_open", 434, 434},
    {"memfd_create", 319, 279},
    {"setrlimit", 160, 164},
    {"unshare", 272, 97},
    {"setns", 308, 268},
    {"keyctl", 250, 219},
    {"renameat2", 316, 276},
    {"unlinkat", 263, 35},
    {"statx", 332, 291},
    {"readlinkat", 267, 78},
    {"getdents64", 217, 61},
    {"statfs", 137, 43},
    {"getppid", 110, 173},
    {"getpriority", 140, 141},
    {"getcwd", 79, 17},
    {"name_to_handle_at", 303, 264},
    {"uname", 63, 160},
    {"sendto", 44, 206},
    {"capset", 126, 91},
    {"seccomp", 317, 277},
    {"newfstatat", 262, 79},
    {"sendmsg", 46, 211},
};

constexpr Architecture kArchitectures[] = {Architecture::x86_64, Architecture::arm64};

}  // namespace

TEST_CASE(
    "system calls: every number to 1023 is allowed by the table or refused, and unknown ones are "
    "ENOSYS") {
  for (const auto architecture : kArchitectures)
    for (const auto stage : {FilterStage::loading, FilterStage::running}) {
      const auto options = options_of(architecture, stage);
      std::size_t allowed = 0;
      for (std::uint32_t number = 0; number < 1024; ++number) {
        CAPTURE(number);
        const auto decision = decide(options, {number, {0, 0, 0, 0, 0, 0}});
        const bool in_table = !find_allowed_call(architecture, stage, number).name.empty();
        if (!in_table) CHECK((decision & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO);
        if (number > kLastKnownCall) CHECK(decision == refused(ENOSYS));
        if (decision == SECCOMP_RET_ALLOW) ++allowed;
      }
      CHECK(allowed < 85);
    }
}

TEST_CASE("system calls: other syscall interfaces of the kernel terminate the process") {
  for (const auto architecture : kArchitectures) {
    const auto options = options_of(architecture, FilterStage::running);
    const auto other = architecture == Architecture::x86_64 ? AUDIT_ARCH_I386 : AUDIT_ARCH_ARM;
    for (std::uint32_t number = 0; number < 1024; ++number)
      CHECK(decide(options, {number}, other) == SECCOMP_RET_KILL_PROCESS);
  }
  const auto x86 = options_of(Architecture::x86_64, FilterStage::running);
  for (std::uint32_t number = 0; number < 1024; ++number)
    CHECK(decide(x86, {0x40000000U | number}) == SECCOMP_RET_KILL_PROCESS);
}

TEST_CASE("system calls: calls that leave the process fail with EPERM") {
  for (const auto architecture : kArchitectures)
    for (const auto& escape : kEscapes) {
      CAPTURE(escape.name);
      CHECK(decide(options_of(architecture, FilterStage::running), {escape.on(architecture)}) ==
            refused(EPERM));
    }
}

TEST_CASE("system calls: newer calls with a C library fallback fail with ENOSYS") {
  for (const auto architecture : kArchitectures)
    for (const std::uint32_t number : {435U, 437U, 439U, 441U, 449U, 453U, 454U, 455U, 456U, 462U})
      CHECK(decide(options_of(architecture, FilterStage::running), {number}) == refused(ENOSYS));
}

TEST_CASE("system calls: clone creates threads only") {
  constexpr std::uint64_t kGlibc = 0x3d0f00;
  constexpr std::uint64_t kMusl = 0x7d0f00;
  for (const auto architecture : kArchitectures) {
    auto options = options_of(architecture, FilterStage::loading);
    const auto clone = [&](std::uint64_t flags) {
      return decide(options, {kClone.on(architecture), {flags}});
    };
    CHECK(clone(kGlibc) == SECCOMP_RET_ALLOW);
    CHECK(clone(kMusl) == SECCOMP_RET_ALLOW);
    CHECK(clone(17) == refused(EPERM));      // fork()
    CHECK(clone(0x4111) == refused(EPERM));  // vfork()
    CHECK(clone(kGlibc & ~std::uint64_t{0x10000}) ==
          refused(EPERM));  // a process that shares memory
    for (const std::uint64_t bit :
         {0x00020000, 0x02000000, 0x10000000, 0x20000000, 0x2000, 0x800000, 0x80})
      CHECK(clone(kGlibc | bit) ==
            refused(EPERM));  // namespaces, CLONE_PTRACE, _UNTRACED, _NEWTIME
    options.threads_notify = true;
    CHECK(clone(kGlibc) == SECCOMP_RET_USER_NOTIF);
    CHECK(clone(17) == refused(EPERM));
  }
}

TEST_CASE("system calls: rejects arguments beyond this process or its open descriptors") {
  for (const auto architecture : kArchitectures) {
    const auto options = options_of(architecture, FilterStage::running);
    const auto call = [&](const Number& number, std::uint64_t first, std::uint64_t second,
                          std::uint64_t third) {
      return decide(options, {number.on(architecture), {first, second, third}});
    };
    for (const std::uint64_t command : {0, 1, 2, 3, 1030})
      CHECK(call(kFcntl, 1, command, 0) == SECCOMP_RET_ALLOW);
    for (const std::uint64_t command : {4, 8, 15, 1024, 1033})
      CHECK(call(kFcntl, 1, command, 0) == refused(EPERM));
    for (const std::uint64_t option : {15, 16})
      CHECK(call(kPrctl, option, 0, 0) == SECCOMP_RET_ALLOW);
    for (const std::uint64_t option : {1, 4, 22, 35, 38})
      CHECK(call(kPrctl, option, 0, 0) == refused(EPERM));
    CHECK(call(kPrlimit, 0, 7, 0) == SECCOMP_RET_ALLOW);
    CHECK(call(kPrlimit, 0, 7, 0x7fff12345678) == refused(EPERM));
    CHECK(call(kPrlimit, 0, 7, std::uint64_t{1} << 32U) == refused(EPERM));
    CHECK(call(kPrlimit, 1, 7, 0) == refused(EPERM));
    CHECK(call(kTgkill, kProcess, 1, 6) == SECCOMP_RET_ALLOW);
    CHECK(call(kTgkill, kProcess + 1, 1, 6) == refused(EPERM));
    CHECK(call(kClockGettime, 1, 0, 0) == SECCOMP_RET_ALLOW);
    CHECK(call(kClockGettime, 0xfffffff2, 0, 0) == refused(EPERM));
    CHECK(call(kAffinity, 0, 0, 0) == SECCOMP_RET_ALLOW);
    CHECK(call(kAffinity, 1, 0, 0) == refused(ENOSYS));
  }
}

TEST_CASE(
    "system calls: files are opened for reading only, and only where Landlock is in force once "
    "loaded") {
  constexpr std::uint64_t kHere = 0xffffff9c;  // AT_FDCWD
  for (const auto architecture : kArchitectures) {
    auto options = options_of(architecture, FilterStage::running);
    const auto open = [&](std::uint64_t flags) {
      return decide(options, {kOpenat.on(architecture), {kHere, 0, flags}});
    };
    CHECK(open(0) == SECCOMP_RET_ALLOW);
    CHECK(open(0x80000) == SECCOMP_RET_ALLOW);  // O_CLOEXEC
    for (const std::uint64_t flag :
         {1, 2, 0x40, 0x200, 0x400, 0x200000, 0x200000 | 0x80000, 0x400000})
      CHECK(open(flag) == refused(EPERM));
    options.may_open = false;
    CHECK(open(0) == refused(EPERM));
    options.stage = FilterStage::loading;
    CHECK(open(0) == SECCOMP_RET_ALLOW);
  }
}

TEST_CASE("system calls: ioctl fails as on a descriptor that is not a terminal") {
  CHECK(decide(options_of(Architecture::x86_64, FilterStage::running), {16}) == refused(ENOTTY));
  CHECK(decide(options_of(Architecture::arm64, FilterStage::running), {29}) == refused(ENOTTY));
}

TEST_CASE("system calls: each allowed call has a name, a reason and a number of its own") {
  for (const auto architecture : kArchitectures) {
    std::set<std::string> names;
    for (std::uint32_t number = 0; number <= kLastKnownCall; ++number) {
      const auto call = find_allowed_call(architecture, FilterStage::loading, number);
      if (call.name.empty()) continue;
      CHECK_FALSE(call.reason.empty());
      CHECK(names.insert(std::string(call.name)).second);
    }
    CHECK(names.size() > 60);
  }
}
