#include "platform/program_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "platform/parent_process.hpp"
#include "platform/pipe.hpp"
#include "platform/process_tree.hpp"

namespace berth::platform {
namespace {

constexpr int kReportFd = 3;
constexpr int kLostSupervisor = 128 + SIGKILL;

// The program to run, and the child's ends of all pipes.
struct Launch {
  char** argv;
  int in, out, err;
  int exec_error;  // closed by exec(2); otherwise receives errno
  int report;      // receives the program's wait status
  pid_t parent;
};

// All functions from here to supervise() run between fork(2) and exec(2) in a copy of a process
// that may have threads. They call only async-signal-safe functions (signal-safety(7)), and execvp,
// which does not allocate in glibc.

void reset_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Ends this process when its parent ends, also if that has already happened.
void end_with(pid_t parent) {
  end_with_parent();
  if (::getppid() != parent) ::_exit(1);
}

void close_from(int first) {
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
  struct rlimit limit {};
  constexpr rlim_t kMaxClosed = 65'536;
  ::getrlimit(RLIMIT_NOFILE, &limit);
  for (int fd = first; fd < static_cast<int>(std::min(limit.rlim_cur, kMaxClosed)); ++fd)
    ::close(fd);
}

[[noreturn]] void run(const Launch& launch, pid_t supervisor) {
  end_with(supervisor);
  ::setpgid(0, 0);
  ::dup2(launch.in, 0);
  ::dup2(launch.out, 1);
  ::dup2(launch.err, 2);
  ::execvp(launch.argv[0], launch.argv);
  const int error = errno;
  static_cast<void>(!::write(launch.exec_error, &error, sizeof error));
  ::_exit(127);
}

[[noreturn]] void supervise(const Launch& launch) {
  reset_signals();
  ::setpgid(0, 0);
  end_with(launch.parent);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t supervisor = ::getpid();
  const pid_t program = ::fork();
  if (program == 0) run(launch, supervisor);
  if (program < 0) {
    const int error = errno;
    static_cast<void>(!::write(launch.exec_error, &error, sizeof error));
    ::_exit(1);
  }
  ::dup2(launch.report, kReportFd);
  for (int fd = 0; fd < kReportFd; ++fd) ::close(fd);
  close_from(kReportFd + 1);
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, 0);
    if (ended == program) static_cast<void>(!::write(kReportFd, &status, sizeof status));
    if (ended < 0 && errno != EINTR) ::_exit(0);
  }
}

// Blocks all signals during its lifetime: this process's signal handlers must not run in the forked
// copy.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

pid_t fork_supervisor(const Launch& launch) {
  const BlockedSignals blocked;
  const pid_t supervisor = ::fork();
  if (supervisor == 0) supervise(launch);
  return supervisor;
}

// Returns true if all of `value` was read.
bool read_int(int fd, int& value) {
  ssize_t count = -1;
  do {
    count = ::read(fd, &value, sizeof value);
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(sizeof value);
}

}  // namespace

ProgramProcess ProgramProcess::start(const std::vector<std::string>& argv, std::error_code& error) {
  Pipe in, out, err, exec_error, report;
  for (Pipe* pipe : {&in, &out, &err, &exec_error, &report}) {
    *pipe = create_pipe(error);
    if (error) return {};
  }
  std::vector<char*> arguments;
  for (const auto& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const Launch launch{arguments.data(),    in.read_end.get(),          out.write_end.get(),
                      err.write_end.get(), exec_error.write_end.get(), report.write_end.get(),
                      ::getpid()};
  const pid_t supervisor = fork_supervisor(launch);
  if (supervisor < 0) {
    error.assign(errno, std::generic_category());
    return {};
  }
  ProgramProcess process(supervisor, std::move(report.read_end));
  process.in = std::move(in.write_end);
  process.out = std::move(out.read_end);
  process.err = std::move(err.read_end);
  exec_error.write_end.reset();
  int failed = 0;
  read_int(exec_error.read_end.get(), failed);
  error.assign(failed, std::generic_category());
  return process;
}

ProgramProcess::ProgramProcess(ProgramProcess&& other) noexcept
    : in(std::move(other.in)),
      out(std::move(other.out)),
      err(std::move(other.err)),
      supervisor_(std::exchange(other.supervisor_, -1)),
      report_(std::move(other.report_)) {}

ProgramProcess::~ProgramProcess() {
  if (supervisor_ < 0) return;
  kill_descendants(supervisor_);
  release();
}

int ProgramProcess::exit_status() {
  int status = 0;
  if (!read_int(report_.get(), status)) return kLostSupervisor;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void ProgramProcess::release() {
  ::kill(supervisor_, SIGKILL);
  while (::waitpid(supervisor_, nullptr, 0) < 0 && errno == EINTR) {
  }
  supervisor_ = -1;
}

}  // namespace berth::platform
