// A signal stops berth, even if a thread does not check the cancellation.
#include "cli/signals.hpp"

#include <doctest/doctest.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>
#include <utility>

using namespace berth;

namespace {

// The exit status of a process that ignores `number`; `cancelled` is the reason that it saw.
int status_after(int number) {
  const pid_t child = ::fork();
  if (child == 0) {
    base::Cancellation cancellation;
    cli::install_signal_handlers(cancellation, std::chrono::seconds(1));
    if (number == SIGALRM) {
      itimerval timer{};
      timer.it_value.tv_usec = 1000;
      ::setitimer(ITIMER_REAL, &timer, nullptr);
    } else {
      ::kill(::getpid(), number);
    }
    while (!cancellation.requested()) ::pause();
    // A second signal has no effect.
    ::kill(::getpid(), SIGINT);
    while (true) ::pause();
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("signals: remaining work after a signal is stopped with the signal's exit status") {
  const int timeout = base::Error(base::ErrorClass::stall, "", "").exit_status();
  for (const auto& one :
       {std::pair(SIGINT, 130), std::pair(SIGTERM, 143), std::pair(SIGALRM, timeout)}) {
    CAPTURE(one.first);
    CHECK(status_after(one.first) == one.second);
  }
}
