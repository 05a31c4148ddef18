#include "platform/linux/system_call_table.hpp"

namespace berth::platform {
namespace {

constexpr ArgumentTest bits(std::uint8_t index, std::uint32_t mask, std::uint32_t value) {
  return {ArgumentTest::Kind::bits, index, mask, value, nullptr, 0};
}
template <std::size_t N>
constexpr ArgumentTest one_of(std::uint8_t index, const std::uint32_t (&values)[N]) {
  return {ArgumentTest::Kind::one_of, index, 0, 0, values, N};
}
constexpr ArgumentTest zero(std::uint8_t index) {
  return {ArgumentTest::Kind::zero, index, 0, 0, nullptr, 0};
}
constexpr ArgumentTest same_process(std::uint8_t index) {
  return {ArgumentTest::Kind::same_process, index, 0, 0, nullptr, 0};
}

// Values of the kernel's interface, as numbers like the calls themselves.
constexpr std::uint32_t kThreadRequired = 0x00010f00;  // CLONE_VM, _FS, _FILES, _SIGHAND, _THREAD
// Additionally allowed: CLONE_SYSVSEM, _SETTLS, _PARENT_SETTID, _CHILD_CLEARTID, _DETACHED
// (ignored; musl sets it), _CHILD_SETTID.
constexpr std::uint32_t kThreadAllowed = kThreadRequired | 0x017c0000;
constexpr std::uint32_t kNegative = 0x80000000;
// O_RDONLY with at most O_CLOEXEC, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY and O_LARGEFILE; neither O_PATH
// nor O_CREAT.
constexpr std::uint32_t kOpenAllowed = 0x80000 | 0x20000 | 0x8000 | 0x800 | 0x100;
constexpr std::uint32_t kFcntl[] = {0, 1, 2, 3,
                                    1030};    // F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC
constexpr std::uint32_t kPrctl[] = {15, 16};  // PR_SET_NAME, PR_GET_NAME

constexpr std::string_view kMemory = "memory of this process";
constexpr std::string_view kThreads = "threads";
constexpr std::string_view kSignals =
    "signals within this process: abort(), sigaction(), sigwait()";
constexpr std::string_view kOwnFiles =
    "descriptors that are open already: the channel, standard output";
constexpr std::string_view kWaiting = "waiting, with a limit of time";
constexpr std::string_view kEventLoop =
    "event loops of language runtimes, on their own descriptors";
constexpr std::string_view kTime = "clocks; the vDSO falls back to these";
constexpr std::string_view kCannotFail = "POSIX lets it have no error";
constexpr std::string_view kEnd = "the end of a thread or of the process";

// clang-format off
constexpr CallRule kRules[] = {
    {.x86_64 = 0, .arm64 = 63, .name = "read", .reason = kOwnFiles},
    {.x86_64 = 1, .arm64 = 64, .name = "write", .reason = kOwnFiles},
    {.x86_64 = 202, .arm64 = 98, .name = "futex", .reason = kThreads},
    {.x86_64 = 9, .arm64 = 222, .name = "mmap", .reason = kMemory},
    {.x86_64 = 11, .arm64 = 215, .name = "munmap", .reason = kMemory},
    {.x86_64 = 12, .arm64 = 214, .name = "brk", .reason = kMemory},
    {.x86_64 = 10, .arm64 = 226, .name = "mprotect", .reason = kMemory},
    {.x86_64 = 25, .arm64 = 216, .name = "mremap", .reason = kMemory},
    {.x86_64 = 28, .arm64 = 233, .name = "madvise", .reason = kMemory},
    {.x86_64 = 324, .arm64 = 283, .name = "membarrier", .reason = "allocators and lock-free code"},
    {.x86_64 = 3, .arm64 = 57, .name = "close", .reason = kOwnFiles},
    {.x86_64 = 8, .arm64 = 62, .name = "lseek", .reason = kOwnFiles},
    {.x86_64 = 17, .arm64 = 67, .name = "pread64", .reason = "the loader reads program headers with it"},
    {.x86_64 = 19, .arm64 = 65, .name = "readv", .reason = kOwnFiles},
    {.x86_64 = 20, .arm64 = 66, .name = "writev", .reason = kOwnFiles},
    {.x86_64 = 5, .arm64 = 80, .name = "fstat", .reason = "stdio, of an open descriptor"},
    {.x86_64 = 32, .arm64 = 23, .name = "dup", .reason = kOwnFiles},
    {.x86_64 = 33, .arm64 = kNone, .name = "dup2", .reason = kOwnFiles},
    {.x86_64 = 292, .arm64 = 24, .name = "dup3", .reason = kOwnFiles},
    {.x86_64 = 72, .arm64 = 25, .name = "fcntl", .reason = "fdopen(), dup(); not owners, seals or O_ASYNC", .first = one_of(1, kFcntl)},
    {.x86_64 = 257, .arm64 = 56, .name = "openat", .reason = "the loader; /dev/urandom for random_device; Landlock refuses the rest",
     .opens = true, .first = bits(2, ~kOpenAllowed, 0)},
    {.x86_64 = 262, .arm64 = 79, .name = "newfstatat", .reason = "fstat() of glibc 2.33 to 2.38, for the loader", .only_loading = true},
    {.x86_64 = 46, .arm64 = 211, .name = "sendmsg", .reason = "hands the listener of this filter to the host", .only_loading = true},
    {.x86_64 = 317, .arm64 = 277, .name = "seccomp", .reason = "adds the second filter", .only_loading = true},
    {.x86_64 = 56, .arm64 = 220, .name = "clone", .reason = "threads; not processes or namespaces", .clones = true,
     .first = bits(0, kThreadRequired, kThreadRequired), .second = bits(0, ~kThreadAllowed, 0)},
    {.x86_64 = 273, .arm64 = 99, .name = "set_robust_list", .reason = kThreads},
    {.x86_64 = 218, .arm64 = 96, .name = "set_tid_address", .reason = kThreads},
    {.x86_64 = 334, .arm64 = 293, .name = "rseq", .reason = "glibc 2.35 and later abort a new thread without it"},
    {.x86_64 = 186, .arm64 = 178, .name = "gettid", .reason = kThreads},
    {.x86_64 = 24, .arm64 = 124, .name = "sched_yield", .reason = kThreads},
    {.x86_64 = 204, .arm64 = 123, .name = "sched_getaffinity", .reason = "hardware_concurrency(); ENOSYS for other ids, which pthread_getattr_np() accepts",
     .first = zero(0), .refusal = ENOSYS},
    {.x86_64 = 309, .arm64 = 168, .name = "getcpu", .reason = "allocators with a cache for each processor"},
    {.x86_64 = 157, .arm64 = 167, .name = "prctl", .reason = "names of threads", .first = one_of(0, kPrctl)},
    {.x86_64 = 13, .arm64 = 134, .name = "rt_sigaction", .reason = kSignals},
    {.x86_64 = 14, .arm64 = 135, .name = "rt_sigprocmask", .reason = kSignals},
    {.x86_64 = 15, .arm64 = 139, .name = "rt_sigreturn", .reason = kSignals},
    {.x86_64 = 127, .arm64 = 136, .name = "rt_sigpending", .reason = kSignals},
    {.x86_64 = 128, .arm64 = 137, .name = "rt_sigtimedwait", .reason = kSignals},
    {.x86_64 = 130, .arm64 = 133, .name = "rt_sigsuspend", .reason = kSignals},
    {.x86_64 = 131, .arm64 = 132, .name = "sigaltstack", .reason = kSignals},
    {.x86_64 = 34, .arm64 = kNone, .name = "pause", .reason = kSignals},
    {.x86_64 = 234, .arm64 = 131, .name = "tgkill", .reason = kSignals, .first = same_process(0)},
    {.x86_64 = 219, .arm64 = 128, .name = "restart_syscall", .reason = "the kernel resumes an interrupted wait with it"},
    {.x86_64 = 35, .arm64 = 101, .name = "nanosleep", .reason = kWaiting},
    {.x86_64 = 230, .arm64 = 115, .name = "clock_nanosleep", .reason = kWaiting, .first = bits(0, kNegative, 0)},
    {.x86_64 = 7, .arm64 = kNone, .name = "poll", .reason = kWaiting},
    {.x86_64 = 271, .arm64 = 73, .name = "ppoll", .reason = kWaiting},
    {.x86_64 = 23, .arm64 = kNone, .name = "select", .reason = kWaiting},
    {.x86_64 = 270, .arm64 = 72, .name = "pselect6", .reason = kWaiting},
    // A negative clock id refers to another process or thread.
    {.x86_64 = 228, .arm64 = 113, .name = "clock_gettime", .reason = kTime, .first = bits(0, kNegative, 0)},
    {.x86_64 = 229, .arm64 = 114, .name = "clock_getres", .reason = kTime, .first = bits(0, kNegative, 0)},
    {.x86_64 = 96, .arm64 = 169, .name = "gettimeofday", .reason = kTime},
    {.x86_64 = 201, .arm64 = kNone, .name = "time", .reason = kTime},
    {.x86_64 = 318, .arm64 = 278, .name = "getrandom", .reason = "random numbers"},
    {.x86_64 = 39, .arm64 = 172, .name = "getpid", .reason = kCannotFail},
    {.x86_64 = 102, .arm64 = 174, .name = "getuid", .reason = kCannotFail},
    {.x86_64 = 107, .arm64 = 175, .name = "geteuid", .reason = kCannotFail},
    {.x86_64 = 104, .arm64 = 176, .name = "getgid", .reason = kCannotFail},
    {.x86_64 = 108, .arm64 = 177, .name = "getegid", .reason = kCannotFail},
    {.x86_64 = 97, .arm64 = 163, .name = "getrlimit", .reason = "stack sizes of threads"},
    {.x86_64 = 302, .arm64 = 261, .name = "prlimit64", .reason = "getrlimit() of glibc; only this process, only reading",
     .first = zero(0), .second = zero(2)},
    {.x86_64 = 98, .arm64 = 165, .name = "getrusage", .reason = "what this process used"},
    {.x86_64 = 99, .arm64 = 179, .name = "sysinfo", .reason = "qsort() of glibc before 2.37 reads its result without a check"},
    {.x86_64 = 213, .arm64 = kNone, .name = "epoll_create", .reason = kEventLoop},
    {.x86_64 = 291, .arm64 = 20, .name = "epoll_create1", .reason = kEventLoop},
    {.x86_64 = 233, .arm64 = 21, .name = "epoll_ctl", .reason = kEventLoop},
    {.x86_64 = 232, .arm64 = kNone, .name = "epoll_wait", .reason = kEventLoop},
    {.x86_64 = 281, .arm64 = 22, .name = "epoll_pwait", .reason = kEventLoop},
    {.x86_64 = 284, .arm64 = kNone, .name = "eventfd", .reason = kEventLoop},
    {.x86_64 = 290, .arm64 = 19, .name = "eventfd2", .reason = kEventLoop},
    {.x86_64 = 22, .arm64 = kNone, .name = "pipe", .reason = kEventLoop},
    {.x86_64 = 293, .arm64 = 59, .name = "pipe2", .reason = kEventLoop},
    {.x86_64 = 283, .arm64 = 85, .name = "timerfd_create", .reason = kEventLoop},
    {.x86_64 = 286, .arm64 = 86, .name = "timerfd_settime", .reason = kEventLoop},
    {.x86_64 = 287, .arm64 = 87, .name = "timerfd_gettime", .reason = kEventLoop},
    {.x86_64 = 60, .arm64 = 93, .name = "exit", .reason = kEnd},
    {.x86_64 = 231, .arm64 = 94, .name = "exit_group", .reason = kEnd},
};

// clone3 (whose flags a filter cannot read), openat2, faccessat2, epoll_pwait2, futex_waitv, map_shadow_stack,
// futex_wake, futex_wait, futex_requeue, mseal.
constexpr std::uint32_t kHasFallback[] = {435, 437, 439, 441, 449, 453, 454, 455, 456, 462};
// clang-format on

}  // namespace

std::span<const CallRule> call_rules() { return kRules; }

std::span<const std::uint32_t> calls_with_fallback() { return kHasFallback; }

CallGap unused_calls(Architecture architecture) {
  return {.first = architecture == Architecture::x86_64 ? 337U : 295U, .last = 423};
}

std::uint32_t ioctl_number(Architecture architecture) {
  return architecture == Architecture::x86_64 ? 16 : 29;
}

}  // namespace berth::platform
