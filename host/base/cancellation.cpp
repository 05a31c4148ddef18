#include "base/cancellation.hpp"

#include <poll.h>

#include <csignal>

namespace berth::base {

Cancellation::Cancellation() = default;

void Cancellation::request(Reason reason) noexcept {
  Reason none = Reason::none;
  if (!reason_.compare_exchange_strong(none, reason)) return;
  event_.set();
}

bool Cancellation::requested() const noexcept { return reason_.load() != Reason::none; }
Cancellation::Reason Cancellation::reason() const noexcept { return reason_.load(); }
int Cancellation::fd() const noexcept { return event_.fd(); }

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
