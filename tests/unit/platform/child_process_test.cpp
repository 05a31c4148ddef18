// Child processes: what they inherit, and how they end.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/wait.h>

#include <csignal>
#include <string>

#include "platform/child_process.hpp"
#include "platform/pipe.hpp"

using namespace berth;
using platform::ChildProcess;

namespace {

// The output until all its writers have closed it.
std::string read_to_end(platform::Pipe& pipe) {
  pipe.write_end.reset();
  std::string text;
  char buffer[256];
  for (ssize_t count = 0; (count = ::read(pipe.read_end.get(), buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(count));
  return text;
}

// A process that runs until it is killed: once the pipe is full, it waits.
ChildProcess start_yes(const platform::Pipe& output) {
  std::error_code error;
  auto child = ChildProcess::start({"/usr/bin/yes", "yes", {{output.write_end.get(), 1}}}, error);
  REQUIRE_FALSE(error);
  return child;
}

}  // namespace

TEST_CASE("child process: has no environment") {
  std::error_code error;
  auto output = platform::create_pipe(error);
  const int end = output.write_end.get();
  const auto child = ChildProcess::start({"/usr/bin/env", "env", {{end, 1}, {end, 2}}}, error);
  REQUIRE_FALSE(error);
  CHECK(read_to_end(output).empty());
}

TEST_CASE("child process: inherits only the listed descriptors") {
  std::error_code error;
  auto output = platform::create_pipe(error);
  auto other = platform::create_pipe(error);
  // Without close-on-exec.
  platform::UniqueFd inheritable(::dup(other.write_end.get()));
  const auto child = start_yes(output);
  inheritable.reset();
  other.write_end.reset();
  pollfd wait{other.read_end.get(), POLLIN, 0};
  CHECK(::poll(&wait, 1, 0) == 1);
  CHECK(wait.revents == POLLHUP);  // no process has the other end open
}

TEST_CASE("child process: exit_fd() becomes readable when it exits") {
  std::error_code error;
  auto child = ChildProcess::start({"/bin/false", "false", {}}, error);
  REQUIRE_FALSE(error);
  pollfd wait{child.exit_fd(), POLLIN, 0};
  CHECK(::poll(&wait, 1, 10'000) == 1);
  for (int i = 0; i < 2; ++i) CHECK(WEXITSTATUS(child.terminate()) == 1);
}

TEST_CASE("child process: terminate() kills it, as the destructor does") {
  std::error_code error;
  auto output = platform::create_pipe(error);
  auto child = start_yes(output);
  auto moved = std::move(child);
  CHECK(moved.id() > 0);
  for (int i = 0; i < 2; ++i) CHECK(WTERMSIG(moved.terminate()) == SIGKILL);

  auto second = platform::create_pipe(error);
  { const auto destroyed = start_yes(second); }
  const auto text = read_to_end(second);  // ends, since no process has it open
  CHECK(text.find_first_not_of("y\n") == std::string::npos);
}

TEST_CASE("child process: reports why it could not be started") {
  std::error_code error;
  const auto child = ChildProcess::start({"/nonexistent", "x", {}}, error);
  CHECK(error == std::errc::no_such_file_or_directory);
  CHECK(child.id() == -1);
}
