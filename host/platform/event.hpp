// Event: a flag that poll(2) can wait for. Thread-safe.
#pragma once

#include "platform/unique_fd.hpp"

namespace berth::platform {

class Event {
 public:
  // Not set. If the process has no descriptors left, fd() is negative and set() has no effect.
  Event();

  // May be called from a signal handler; never blocks.
  void set() noexcept;

  // Becomes readable once set, and stays so.
  [[nodiscard]] int fd() const noexcept { return read_end_.get(); }

 private:
  UniqueFd read_end_;
  UniqueFd write_end_;  // empty if the system has one descriptor for both
};

}  // namespace berth::platform
