#include "support/pseudo_terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace berth::test {
namespace {

constexpr std::chrono::seconds kLimit{60};

// `in`: -1 for an empty standard input.
[[noreturn]] void become(const std::vector<std::string>& argv, int in, int out, int err,
                         const std::vector<std::pair<std::string, std::string>>& environment) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(in >= 0 ? in : ::open("/dev/null", O_RDONLY), 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  ::setenv("TERM", "xterm", 1);
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> arguments;
  for (const auto& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

TerminalCommand::TerminalCommand(
    const std::vector<std::string>& argv, Streams streams, const std::string& other_file,
    const std::vector<std::pair<std::string, std::string>>& environment, unsigned short columns) {
  int ends[2];
  const winsize size{24, columns, 0, 0};
  if (::openpty(&ends[0], &ends[1], nullptr, nullptr, &size) != 0)
    throw std::runtime_error("openpty");
  terminal_ = platform::UniqueFd(ends[0]);
  const platform::UniqueFd inner(ends[1]);
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  const platform::UniqueFd other(
      ::open(other_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0)
    become(argv, streams == Streams::all ? inner.get() : -1,
           streams == Streams::only_err ? other.get() : inner.get(),
           streams == Streams::only_out ? other.get() : inner.get(), environment);
}

TerminalCommand::~TerminalCommand() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool TerminalCommand::read_more() {
  pollfd wait{terminal_.get(), POLLIN, 0};
  if (::poll(&wait, 1, std::chrono::milliseconds(kLimit).count()) <= 0) return false;
  char buffer[4096];
  const auto count = ::read(terminal_.get(), buffer, sizeof buffer);  // EIO at the end
  if (count <= 0) return false;
  written_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

bool TerminalCommand::wait_for(const std::string& text) {
  const auto deadline = std::chrono::steady_clock::now() + kLimit;
  while (written_.find(text) == std::string::npos)
    if (!read_more() || std::chrono::steady_clock::now() > deadline) return false;
  return true;
}

void TerminalCommand::type(const std::string& text) {
  if (::write(terminal_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::runtime_error("write to the terminal");
}

int TerminalCommand::finish() {
  while (read_more()) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::vector<std::string> TerminalCommand::screen() const {
  std::vector<std::string> lines(1);
  std::size_t row = 0;
  std::size_t column = 0;
  for (std::size_t i = 0; i < written_.size(); ++i) {
    const char c = written_[i];
    if (c == '\r') {
      column = 0;
    } else if (written_.compare(i, 3, "\x1b[K") == 0) {
      lines[row].resize(column);
      i += 2;
    } else if (written_.compare(i, 3, "\x1b[J") == 0) {
      lines[row].resize(column);
      lines.resize(row + 1);
      i += 2;
    } else if (written_.compare(i, 2, "\x1b[") == 0) {
      const auto end = written_.find('A', i);
      row -= std::min<std::size_t>(row, std::stoul(written_.substr(i + 2, end - i - 2)));
      i = end;
    } else if (c == '\n') {
      if (++row == lines.size()) lines.emplace_back();
    } else {
      lines[row].replace(column, 1, 1, c);
      ++column;
    }
  }
  return lines;
}

}  // namespace berth::test
