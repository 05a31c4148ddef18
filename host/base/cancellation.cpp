#include "base/cancellation.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>

namespace berth::base {

Cancellation::Cancellation() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Cancellation::request(Reason reason) noexcept {
  Reason none = Reason::none;
  if (!reason_.compare_exchange_strong(none, reason)) return;
  const std::uint64_t one = 1;
  // An eventfd accepts the first write without blocking; a failure could not be handled here.
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

bool Cancellation::requested() const noexcept { return reason_.load() != Reason::none; }
Cancellation::Reason Cancellation::reason() const noexcept { return reason_.load(); }
int Cancellation::fd() const noexcept { return event_.get(); }

bool Cancellation::wait_for(std::chrono::milliseconds duration) const noexcept {
  pollfd event{fd(), POLLIN, 0};
  ::poll(&event, 1, static_cast<int>(duration.count()));
  return requested();
}

Error Cancellation::error() const {
  switch (reason_.load()) {
    case Reason::timeout:
      return Error(ErrorClass::stall, "timeout", "timed out").fix("increase --timeout");
    case Reason::terminate:
      return Error(ErrorClass::interrupted, "interrupted", "interrupted").signal(SIGTERM);
    case Reason::none:
    case Reason::abandoned:
    case Reason::interrupt:
      break;
  }
  return Error(ErrorClass::interrupted, "interrupted", "interrupted").signal(SIGINT);
}

}  // namespace berth::base
