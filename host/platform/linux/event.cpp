#include "platform/event.hpp"

#include <sys/eventfd.h>

#include <cstdint>

namespace berth::platform {

Event::Event() : read_end_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Event::set() noexcept {
  const std::uint64_t one = 1;
  // It fails only if the counter would overflow: then the event is set already.
  [[maybe_unused]] const auto written = ::write(read_end_.get(), &one, sizeof one);
}

}  // namespace berth::platform
