#include "support/command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "platform/unique_fd.hpp"

namespace berth::test {
namespace {

using platform::UniqueFd;
using Clock = std::chrono::steady_clock;

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const auto& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

[[noreturn]] void become(const std::vector<std::string>& argv, const std::string& directory,
                         const std::vector<std::pair<std::string, std::string>>& environment) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  if (!directory.empty() && ::chdir(directory.c_str()) != 0) ::_exit(126);
  auto arguments = pointers(argv);
  ::execvp(arguments[0], arguments.data());
  ::dprintf(2, "cannot run %s: %s\n", arguments[0], std::strerror(errno));
  ::_exit(127);
}

// Reads the available bytes; closes the descriptor at the end of the file.
void drain(UniqueFd& fd, std::string& into) {
  char buffer[65536];
  const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
  if (count > 0) into.append(buffer, static_cast<std::size_t>(count));
  if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) fd.reset();
}

// Writes as much as the pipe accepts; closes it when everything is written or the reader has closed
// it.
void feed(UniqueFd& fd, const std::string& input, std::size_t& written) {
  const ssize_t count = ::write(fd.get(), input.data() + written, input.size() - written);
  if (count > 0) written += static_cast<std::size_t>(count);
  if (written == input.size() || (count < 0 && errno != EINTR && errno != EAGAIN)) fd.reset();
}

int status_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

}  // namespace

CommandResult run_command(const std::vector<std::string>& argv, const CommandOptions& options) {
  auto in = make_pipe();
  auto out = make_pipe();
  auto err = make_pipe();
  std::signal(SIGPIPE, SIG_IGN);
  const int pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork");
  if (pid == 0) {
    std::signal(SIGPIPE, SIG_DFL);
    ::dup2(in.read_end.get(), 0);
    ::dup2(out.write_end.get(), 1);
    ::dup2(err.write_end.get(), 2);
    become(argv, options.directory, options.environment);
  }
  in.read_end.reset();
  out.write_end.reset();
  err.write_end.reset();
  ::fcntl(in.write_end.get(), F_SETFL, O_NONBLOCK);

  CommandResult result;
  std::size_t written = 0;
  if (options.input.empty()) in.write_end.reset();
  const auto deadline = Clock::now() + options.limit;
  while (out.read_end || err.read_end) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) {
      result.timed_out = true;
      ::kill(pid, SIGKILL);
      break;
    }
    pollfd waits[3] = {{out.read_end.get(), POLLIN, 0},
                       {err.read_end.get(), POLLIN, 0},
                       {in.write_end.get(), POLLOUT, 0}};
    ::poll(waits, 3, static_cast<int>(left));
    if (waits[0].revents != 0) drain(out.read_end, result.out);
    if (waits[1].revents != 0) drain(err.read_end, result.err);
    if (waits[2].revents != 0) feed(in.write_end, options.input, written);
  }
  int wait_status = 0;
  rusage usage{};
  while (::wait4(pid, &wait_status, 0, &usage) < 0 && errno == EINTR) {
  }
  result.status = status_of(wait_status);
  result.peak_kib = usage.ru_maxrss;
  return result;
}

BackgroundCommand::BackgroundCommand(
    const std::vector<std::string>& argv, const std::string& log_file,
    const std::vector<std::pair<std::string, std::string>>& environment)
    : pid_(::fork()) {
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(::open("/dev/null", O_RDONLY), 0);
    ::dup2(log, 1);
    ::dup2(log, 2);
    become(argv, {}, environment);
  }
}

BackgroundCommand::~BackgroundCommand() { stop(); }

bool BackgroundCommand::running() {
  if (pid_ < 0) return false;
  if (::waitpid(pid_, nullptr, WNOHANG) != pid_) return true;
  pid_ = -1;
  return false;
}

void BackgroundCommand::stop(std::chrono::milliseconds grace) {
  if (pid_ < 0) return;
  ::kill(pid_, SIGTERM);
  const auto deadline = Clock::now() + grace;
  while (Clock::now() < deadline) {
    if (!running()) return;
    ::poll(nullptr, 0, 10);
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace berth::test
