#include "base/program_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "platform/process_tree.hpp"

namespace berth::base {
namespace {

constexpr int kReportFd = 3;
constexpr int kLostSupervisor = 128 + SIGKILL;

struct Pipe {
  platform::UniqueFd read_end;
  platform::UniqueFd write_end;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return file_error("make", "a pipe", errno);
  return Pipe{platform::UniqueFd(ends[0]), platform::UniqueFd(ends[1])};
}

// The program to run, and the child's ends of all pipes.
struct Launch {
  char** argv;
  int in, out, err;
  int exec_error;  // closed by exec(2); otherwise receives errno
  int report;      // receives the program's wait status
  pid_t parent;
};

// All functions from here to supervise() run between fork(2) and exec(2) in a copy of a process that may have
// threads. They call only async-signal-safe functions (signal-safety(7)), and execvp, which does not allocate in
// glibc.

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
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
}

void close_from(int first) {
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
  struct rlimit limit {};
  constexpr rlim_t kMaxClosed = 65'536;
  ::getrlimit(RLIMIT_NOFILE, &limit);
  for (int fd = first; fd < static_cast<int>(std::min(limit.rlim_cur, kMaxClosed)); ++fd) ::close(fd);
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

// Blocks all signals during its lifetime: this process's signal handlers must not run in the forked copy.
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

// Returns true if all of `value` was read.
bool read_int(int fd, int& value) {
  ssize_t count = -1;
  do {
    count = ::read(fd, &value, sizeof value);
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(sizeof value);
}

bool is_executable_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

Error cannot_start(const std::string& program, int error) {
  if (error == ENOENT && !find_program(program))
    return Error(ErrorClass::not_found, "program.missing", "program " + program + " not found");
  if (error == ENOENT)
    return Error(ErrorClass::disk, "program.start", "cannot start " + program)
        .cause("the interpreter in its first line does not exist");
  return Error(ErrorClass::disk, "program.start", "cannot start " + program).cause(errno_text(error));
}

}  // namespace

std::optional<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return is_executable_file(name) ? std::optional(name) : std::nullopt;
  const char* variable = std::getenv("PATH");
  const std::string_view directories = variable != nullptr ? variable : "/bin:/usr/bin";  // as execvp(3)
  for (std::size_t begin = 0; begin <= directories.size();) {
    const auto end = std::min(directories.find(':', begin), directories.size());
    const std::string directory(directories.substr(begin, end - begin));
    if (auto path = (directory.empty() ? "." : directory) + "/" + name; is_executable_file(path)) return path;
    begin = end + 1;
  }
  return std::nullopt;
}

Result<ProgramProcess> ProgramProcess::start(const std::vector<std::string>& argv) {
  BERTH_TRY(auto in, make_pipe());
  BERTH_TRY(auto out, make_pipe());
  BERTH_TRY(auto err, make_pipe());
  BERTH_TRY(auto exec_error, make_pipe());
  BERTH_TRY(auto report, make_pipe());
  std::vector<char*> arguments;
  for (const auto& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const Launch launch{arguments.data(),           in.read_end.get(),      out.write_end.get(), err.write_end.get(),
                      exec_error.write_end.get(), report.write_end.get(), ::getpid()};
  pid_t supervisor = -1;
  {
    const BlockedSignals blocked;
    supervisor = ::fork();
    if (supervisor == 0) supervise(launch);
  }
  if (supervisor < 0) return cannot_start(argv[0], errno);
  ProgramProcess process(supervisor, std::move(report.read_end));
  process.in = std::move(in.write_end);
  process.out = std::move(out.read_end);
  process.err = std::move(err.read_end);
  exec_error.write_end.reset();
  if (int error = 0; read_int(exec_error.read_end.get(), error)) return cannot_start(argv[0], error);
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
  platform::kill_descendants(supervisor_);
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

}  // namespace berth::base
