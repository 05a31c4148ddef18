#include "cli/signals.hpp"

#include <unistd.h>

#include <csignal>

namespace berth::cli {
namespace {

using Reason = base::Cancellation::Reason;

// Signal handlers reach these; set before they are installed.
base::Cancellation* signalled = nullptr;
unsigned grace_seconds = 0;
int timeout_status = 0;

volatile std::sig_atomic_t first_signal = 0;

Reason reason_of(int number) {
  if (number == SIGALRM) return Reason::timeout;
  return number == SIGINT ? Reason::interrupt : Reason::terminate;
}

void on_signal(int number) {
  if (first_signal == 0) {
    first_signal = number;
    signalled->request(reason_of(number));
    ::alarm(grace_seconds);
  } else if (number == SIGALRM) {
    ::_exit(first_signal == SIGALRM ? timeout_status : 128 + first_signal);
  }
}

}  // namespace

void install_signal_handlers(base::Cancellation& cancellation, std::chrono::seconds grace) {
  signalled = &cancellation;
  grace_seconds = static_cast<unsigned>(grace.count());
  timeout_status = base::Error(base::ErrorClass::stall, "timeout", "").exit_status();
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int number : {SIGINT, SIGTERM, SIGALRM}) ::sigaction(number, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace berth::cli
