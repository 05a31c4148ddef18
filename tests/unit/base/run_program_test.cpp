// Other programs: output, limits, and that no process outlives a limit.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <array>
#include <csignal>
#include <thread>

#include "base/run_program.hpp"
#include "platform/process_tree.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using base::run_program;
using std::chrono::milliseconds;

namespace {

const base::Cancellation never;

base::Result<base::ProgramResult> shell(const std::string& script,
                                        const base::ProgramLimits& limits = {},
                                        std::string_view input = {},
                                        const base::Cancellation& cancellation = never) {
  return run_program({"sh", "-c", script}, input, limits, cancellation);
}

// A named pipe, which shows how long the processes that have it open live.
class Lifeline {
 public:
  Lifeline() {
    ::mkfifo(path().c_str(), 0600);
    end_ = platform::UniqueFd(::open(path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  }
  [[nodiscard]] std::string path() const { return directory_ / "lifeline"; }
  // Waits until a process has written to it.
  void await_first_line() const { CHECK(wait(POLLIN)); }
  // Waits until no process has it open.
  [[nodiscard]] bool is_released() const {
    std::array<char, 256> ignored{};
    while (wait(POLLIN | POLLHUP))
      if (::read(end_.get(), ignored.data(), ignored.size()) == 0) return true;
    return false;
  }

 private:
  [[nodiscard]] bool wait(short events) const {
    pollfd state{end_.get(), events, 0};
    return ::poll(&state, 1, 10'000) > 0;
  }
  test::TempDir directory_;
  platform::UniqueFd end_;
};

}  // namespace

TEST_CASE("programs: passes input, and returns output, status and signals") {
  const auto echoed = shell("cat; echo err >&2; exit 3", {}, "in").value();
  CHECK(echoed.out == "in");
  CHECK(echoed.err == "err\n");
  CHECK(echoed.status == 3);
  CHECK(shell("kill -9 $$").value().status == 137);
  CHECK(run_program({"true"}, "not read", {}, never).value().status == 0);
}

TEST_CASE("programs: resets signals to their default actions") {
  CHECK(shell("grep -E 'Sig(Ign|Blk)' /proc/self/status | grep -v 0000000000000000 | wc -l")
            .value()
            .out == "0\n");
}

TEST_CASE("programs: reports a program that cannot be started") {
  const test::TempDir directory;
  CHECK(run_program({"is-not-installed"}, {}, {}, never).error().code() == "program.missing");
  CHECK(run_program({directory / "absent"}, {}, {}, never).error().code() == "program.missing");
  CHECK(run_program({directory.write("not-executable", "#!/bin/sh\n")}, {}, {}, never)
            .error()
            .code() == "program.start");
}

TEST_CASE("programs: excessive output terminates them") {
  CHECK(shell("yes", {milliseconds(30'000), 1000}).error().code() == "program.output");
  CHECK(shell("yes >&2", {milliseconds(30'000), 1000}).error().code() == "program.output");
}

TEST_CASE("programs: a timeout kills every process, in whatever session") {
  const Lifeline lifeline;
  const auto result =
      shell("exec 5>" + lifeline.path() +
                "; setsid sh -c 'setsid sleep 600 & sleep 600' & setsid -w sleep 600",
            {milliseconds(500), 1000});
  CHECK(result.error().code() == "program.deadline");
  CHECK(result.error().error_class() == base::ErrorClass::stall);
  CHECK(lifeline.is_released());
}

TEST_CASE("programs: a cancellation kills a process that forked twice") {
  const Lifeline lifeline;
  base::Cancellation cancellation;
  std::jthread user([&] {
    lifeline.await_first_line();
    cancellation.request(base::Cancellation::Reason::interrupt);
  });
  // The middle process exits immediately, so that the last one is an orphan in its own session.
  const auto result = shell("exec 5>" + lifeline.path() +
                                "; (setsid sh -c 'echo ready >&5; exec sleep 600' &); sleep 600",
                            {}, {}, cancellation);
  user.join();
  CHECK(result.error().error_class() == base::ErrorClass::interrupted);
  CHECK(lifeline.is_released());
}

TEST_CASE("programs: a background process neither delays the result nor is killed") {
  const Lifeline lifeline;
  const auto result = shell("exec 5>" + lifeline.path() + "; sleep 600 & echo $!").value();
  CHECK(result.status == 0);
  const auto agent = static_cast<pid_t>(std::stol(result.out));
  CHECK(::kill(agent, 0) == 0);
  ::kill(agent, SIGKILL);
  CHECK(lifeline.is_released());
}

TEST_CASE("programs: leaves no child process behind") {
  CHECK(shell("true").has_value());
  CHECK(shell("sleep 600", {milliseconds(50), 1000}).error().code() == "program.deadline");
  CHECK(platform::descendants_of(::getpid()).empty());
}
