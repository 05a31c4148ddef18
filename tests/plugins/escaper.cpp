// A plugin that tries to reach something outside of its process, each time with arguments that
// would succeed without the sandbox, and reports "done" or the error.
#include <fcntl.h>
#include <linux/prctl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <berth/container_registry.hpp>
#include <berth/crypto.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr int kChannel = 3;  // the worker's descriptor

// Results from a static constructor: the second filter is added later.
struct Early {
  bool size_visible = false;
  bool file_opened = false;
  int descriptors_sent = 0;
};

// Sends frames with more attached descriptors than a process may have, for berth to receive.
int send_descriptors() {
  const int descriptors[8] = {1, 1, 1, 1, 1, 1, 1, 1};
  // A notification that berth ignores.
  const std::string body = R"({"method":"none"})";
  std::string frame{static_cast<char>(body.size()), 0, 0, 0};
  frame += body;
  int sent = 0;
  for (; sent < 300; ++sent) {
    iovec bytes{frame.data(), frame.size()};
    alignas(cmsghdr) char space[CMSG_SPACE(sizeof descriptors)] = {};
    msghdr header{};
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
    header.msg_control = space;
    header.msg_controllen = sizeof space;
    cmsghdr* control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(sizeof descriptors);
    std::memcpy(CMSG_DATA(control), descriptors, sizeof descriptors);
    if (::sendmsg(kChannel, &header, MSG_NOSIGNAL) < 0) break;
  }
  return sent;
}

Early look_early() {
  Early early;
  struct stat status {};
  early.size_visible =
      ::syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &status, 0) == 0 && status.st_size > 0;
  early.file_opened = ::open("/etc/passwd", O_RDONLY) >= 0;
  early.descriptors_sent = send_descriptors();
  return early;
}

const Early kEarly = look_early();

class Escapes {
 public:
  explicit Escapes(berth::CallContext& call) : call_(call) {}

  // Formats `result` of a system call.
  void tried(const char* what, long result) const {
    const int error = errno;
    call_.report(berth::info, std::string("escaper.") + what,
                 result >= 0 ? "done" : std::strerror(error));
  }
  template <typename... Arguments>
  void call(const char* what, long number, Arguments... arguments) const {
    errno = 0;
    tried(what, ::syscall(number, arguments...));
  }

 private:
  berth::CallContext& call_;
};

// Copies of this process exit immediately.
void tried_process(const Escapes& escapes, const char* what, long child) {
  if (child == 0) ::syscall(SYS_exit_group, 0);
  escapes.tried(what, child);
}

void try_processes(const Escapes& escapes) {
  tried_process(escapes, "clone-fork", ::syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L));
#ifdef SYS_fork
  tried_process(escapes, "fork", ::syscall(SYS_fork));
#endif
  // A copy that shares memory, like vfork(), on a separate stack.
  static char stack[65536];
  tried_process(escapes, "clone-vm",
                ::syscall(SYS_clone, 0x100UL | SIGCHLD, stack + sizeof stack - 64, 0L, 0L, 0L));
  std::uint64_t arguments[11] = {0, 0, 0, 0, SIGCHLD};
  tried_process(escapes, "clone3", ::syscall(435, arguments, sizeof arguments));
  char* const argv[] = {const_cast<char*>("true"), nullptr};
  escapes.call("execve", SYS_execve, "/bin/true", argv, nullptr);
  escapes.call("execveat", SYS_execveat, 4, "", argv, nullptr, 0x1000);
  escapes.call("unshare", SYS_unshare, 0x10000000L);
  escapes.call("kill", SYS_kill, 1L, 0L);
  escapes.call("kill-group", SYS_kill, 0L, 0L);
  escapes.call("tgkill", SYS_tgkill, 1L, 1L, 0L);
  escapes.call("tkill", SYS_tkill, 1L, 0L);
  escapes.call("rt_sigqueueinfo", SYS_rt_sigqueueinfo, 1L, 0L, nullptr);
  escapes.call("pidfd_open", 434, 1L, 0L);
  escapes.call("ptrace", SYS_ptrace, 16L, 1L, 0L, 0L);
  escapes.call("ptrace-me", SYS_ptrace, 0L, 0L, 0L, 0L);
  char byte = 0;
  const iovec part{&byte, 1};
  escapes.call("process_vm_readv", SYS_process_vm_readv, 1L, &part, 1L, &part, 1L, 0L);
  escapes.call("process_vm_writev", SYS_process_vm_writev, static_cast<long>(::getpid()), &part, 1L,
               &part, 1L, 0L);
  rlimit more{RLIM_INFINITY, RLIM_INFINITY};
  escapes.call("prlimit64-set", SYS_prlimit64, 0L, static_cast<long>(RLIMIT_CORE), &more, nullptr);
  escapes.call("prlimit64-other", SYS_prlimit64, 1L, static_cast<long>(RLIMIT_CORE), nullptr,
               &more);
  escapes.call("sched_getaffinity-other", SYS_sched_getaffinity, 1L, 8L, &more);
  timespec now{};
  escapes.call("clock-of-other", SYS_clock_gettime, ~1L << 3 | 2, &now);
}

void try_files(const Escapes& escapes) {
  const auto open = [&](const char* what, const char* path, int flags) {
    escapes.call(what, SYS_openat, AT_FDCWD, path, flags, 0600);
  };
  open("open-passwd", "/etc/passwd", O_RDONLY);
  open("open-own-memory", "/proc/self/mem", O_RDWR);
  open("read-own-memory", "/proc/self/mem", O_RDONLY);
  open("open-environment", "/proc/1/environ", O_RDONLY);
  open("open-maps", "/proc/self/maps", O_RDONLY);
  open("open-descriptor", "/proc/self/fd/1", O_WRONLY);
  open("open-root", "/", O_RDONLY | O_DIRECTORY);
  open("open-path", "/etc/passwd", O_PATH);
  open("open-zero", "/dev/zero", O_RDONLY);
  open("open-terminal", "/dev/tty", O_RDWR);
  open("write-urandom", "/dev/urandom", O_WRONLY);
  open("create", "/tmp/berth-escaper", O_RDWR | O_CREAT);
  open("temporary", "/tmp", O_RDWR | O_TMPFILE);
  struct stat status {};
  escapes.call("stat", SYS_newfstatat, AT_FDCWD, "/etc/passwd", &status, 0L);
  escapes.call("statx", SYS_statx, AT_FDCWD, "/etc/passwd", 0L, 0xfffL, &status);
  char text[256];
  escapes.call("readlink", SYS_readlinkat, AT_FDCWD, "/proc/self/exe", text, sizeof text);
  escapes.call("getcwd", SYS_getcwd, text, sizeof text);
  escapes.call("getdents64", SYS_getdents64, 1L, text, sizeof text);
  escapes.call("mkdirat", SYS_mkdirat, AT_FDCWD, "/tmp/berth-escaper-directory", 0700L);
  escapes.call("fchmodat", SYS_fchmodat, AT_FDCWD, "/dev/null", 0666L);
  escapes.call("fchmodat2", 452, AT_FDCWD, "/dev/null", 0666L, 0L);
  escapes.call("fchmod", SYS_fchmod, 1L, 0666L);
  escapes.call("setxattrat", 463, AT_FDCWD, "/dev/null", 0L, "user.x", text, 0L);
  escapes.call("file_setattr", 469, AT_FDCWD, "/dev/null", text, 0L, 0L);
  escapes.call("ftruncate", SYS_ftruncate, 1L, 0L);
  escapes.call("memfd_create", SYS_memfd_create, "x", 0L);
  escapes.call("memfd_secret", 447, 0L);
  escapes.call("inotify_init1", SYS_inotify_init1, 0L);
  escapes.call("name_to_handle_at", SYS_name_to_handle_at, AT_FDCWD, "/", text, text, 0L);
}

void try_network(const Escapes& escapes) {
  escapes.call("socket", SYS_socket, AF_INET, SOCK_STREAM, 0L);
  escapes.call("socket-unix", SYS_socket, AF_UNIX, SOCK_STREAM, 0L);
  escapes.call("socket-netlink", SYS_socket, 16L, SOCK_RAW, 0L);
  escapes.call("socket-vsock", SYS_socket, 40L, SOCK_STREAM, 0L);
  int ends[2];
  escapes.call("socketpair", SYS_socketpair, AF_UNIX, SOCK_STREAM, 0L, ends);
  escapes.call("sendto", SYS_sendto, kChannel, "", 0L, 0L, nullptr, 0L);
  msghdr header{};
  escapes.call("sendmsg", SYS_sendmsg, kChannel, &header, 0L);
  escapes.call("recvmsg", SYS_recvmsg, kChannel, &header, MSG_DONTWAIT);
  escapes.call("ioctl-channel", SYS_ioctl, kChannel, 0x8912L, ends);  // SIOCGIFCONF
  escapes.call("fcntl-owner", SYS_fcntl, kChannel, static_cast<long>(F_SETOWN), 1L);
  escapes.call("fcntl-async", SYS_fcntl, kChannel, static_cast<long>(F_SETFL),
               static_cast<long>(O_ASYNC));
  escapes.call("msgget", SYS_msgget, 0L, 01000L);
  escapes.call("msgsnd", SYS_msgsnd, 0L, ends, 0L, 04000L);
  escapes.call("semop", SYS_semop, 0L, ends, 0L);
  escapes.call("shmget", SYS_shmget, 0L, 4096L, 01600L);
  escapes.call("mq_open", SYS_mq_open, "/berth", 0102L, 0600L, nullptr);
}

void try_kernel(const Escapes& escapes) {
  char parameters[256] = {};
  escapes.call("io_uring_setup", 425, 8L, parameters);
  escapes.call("userfaultfd", SYS_userfaultfd, 1L);
  escapes.call("bpf", SYS_bpf, 0L, parameters, sizeof parameters);
  escapes.call("perf_event_open", SYS_perf_event_open, parameters, 0L, -1L, -1L, 0L);
  escapes.call("add_key", SYS_add_key, "user", "x", "y", 1L, -2L);
  escapes.call("keyctl", SYS_keyctl, 0L, -3L, 0L);
  escapes.call("capset", SYS_capset, parameters, nullptr);
  escapes.call("setuid", SYS_setuid, 0L);
  escapes.call("personality", SYS_personality, 0xffffffffL);
  escapes.call("prctl-dumpable", SYS_prctl, static_cast<long>(PR_SET_DUMPABLE), 1L, 0L, 0L, 0L);
  escapes.call("prctl-death-signal", SYS_prctl, static_cast<long>(PR_SET_PDEATHSIG), 0L, 0L, 0L,
               0L);
  escapes.call("prctl-mm", SYS_prctl, static_cast<long>(PR_SET_MM), 1L, 0L, 0L, 0L);
  escapes.call("seccomp", SYS_seccomp, 2L, 0L, parameters);
  escapes.call("landlock", 444, nullptr, 0L, 1L);
  escapes.call("mount", SYS_mount, "x", "/tmp", "tmpfs", 0L, nullptr);
  escapes.call("chroot", SYS_chroot, "/tmp");
  escapes.call("mlock", SYS_mlock, parameters, sizeof parameters);
  escapes.call("splice", SYS_splice, kChannel, nullptr, 1L, nullptr, 1L, 0L);
  escapes.call("signalfd4", SYS_signalfd4, -1L, parameters, 8L, 0L);
  escapes.call("timer_create", SYS_timer_create, 0L, nullptr, parameters);
  escapes.call("uname", SYS_uname, parameters);
  escapes.call("getppid", SYS_getppid);
#if defined(__x86_64__)
  escapes.call("arch_prctl", SYS_arch_prctl, 0x1003L, parameters);
  escapes.call("modify_ldt", SYS_modify_ldt, 0L, parameters, sizeof parameters);
  escapes.call("iopl", SYS_iopl, 3L);
#endif
}

std::string limit_of(int resource) {
  rlimit value{};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &value) != 0) return "unknown";
  return std::to_string(value.rlim_cur) + " " + std::to_string(value.rlim_max);
}

void report_limits(berth::CallContext& call) {
  const auto report = [&](const char* what, const std::string& text) {
    call.report(berth::info, std::string("escaper.") + what, text);
  };
  report("core", limit_of(RLIMIT_CORE));
  report("file-size", limit_of(RLIMIT_FSIZE));
  report("files", limit_of(RLIMIT_NOFILE));
  report("processor", limit_of(RLIMIT_CPU));
  report("memory", limit_of(RLIMIT_AS));
  report("locked", limit_of(RLIMIT_MEMLOCK));
  char byte = 0;
  report("input", std::to_string(::read(0, &byte, 1)));
  std::string open;
  for (int fd = 0; fd < 64; ++fd)
    if (::fcntl(fd, F_GETFD) >= 0) open += std::to_string(fd) + " ";
  report("descriptors", open);
  report("environment", ::environ == nullptr || ::environ[0] == nullptr ? "empty" : ::environ[0]);
  void* large = ::mmap(nullptr, std::size_t{3} << 30U, PROT_READ,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  report("large", large == MAP_FAILED ? "refused" : "allocated");
}

void report_visible(berth::CallContext& call) {
  const auto error_of = [](const char* path) {
    return std::string(::open(path, O_RDONLY) < 0 ? std::strerror(errno) : "opened");
  };
  call.report(berth::info, "escaper.existing", error_of("/etc/passwd"));
  call.report(berth::info, "escaper.missing", error_of("/etc/berth-does-not-exist"));
  call.report(berth::info, "escaper.early-size", kEarly.size_visible ? "visible" : "hidden");
  call.report(berth::info, "escaper.early-file", kEarly.file_opened ? "opened" : "refused");
  call.report(berth::info, "escaper.early-descriptors", std::to_string(kEarly.descriptors_sent));
}

class EscaperContainerRegistry : public berth::BaseContainerRegistry {
 public:
  static constexpr char FLAVOR[] = "escaper";
  static constexpr char VERSION[] = "1.0.0";
  static constexpr char SETTINGS[] = R"({"properties":{"what":{"type":"string"}}})";

  void prepare_image_push(berth::CallContext& call, const berth::Image&) override {
    const std::string what = settings().string("what");
    const Escapes escapes(call);
    if (what == "processes") try_processes(escapes);
    if (what == "files") try_files(escapes);
    if (what == "network") try_network(escapes);
    if (what == "kernel") try_kernel(escapes);
    if (what == "limits") report_limits(call);
    if (what == "visible") report_visible(call);
    // uretprobe and uprobe of Linux 6.14, which no filter sees.
    if (what == "uretprobe") escapes.call("uretprobe", 335);
    if (what == "uprobe") escapes.call("uprobe", 336);
    // As much computation by berth as it permits.
    if (what == "compute")
      for (int i = 0; i < 900; ++i) berth::hmac_sha256(call, "key", std::string(700'000, 'x'));
  }
};

}  // namespace
BERTH_PLUGIN(EscaperContainerRegistry)
