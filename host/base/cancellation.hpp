// Cancellation: a flag that stops all work, set by a signal or when the command's overall timeout
// expires. Created by main and passed by reference; must outlive everything that refers to it.
// Thread-safe; request() can also be called from a signal handler.
#pragma once

#include <atomic>
#include <chrono>

#include "base/error.hpp"
#include "platform/event.hpp"

namespace berth::base {

class Cancellation {
 public:
  enum class Reason : int {
    none,
    interrupt,
    terminate,
    timeout,
    abandoned  // by the command itself, which has failed: work in parallel is not awaited
  };

  Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  // Only the first reason is kept.
  void request(Reason reason) noexcept;
  [[nodiscard]] bool requested() const noexcept;
  [[nodiscard]] Reason reason() const noexcept;

  // Becomes readable once requested, and stays so: add it to every poll(2).
  [[nodiscard]] int fd() const noexcept;

  // Waits for `duration` or until requested. Returns whether it was requested.
  [[nodiscard]] bool wait_for(std::chrono::milliseconds duration) const noexcept;

  // Returns an error of class interrupted (signal or abandoned) or stall (overall timeout). Only
  // valid if requested().
  [[nodiscard]] Error error() const;

 private:
  std::atomic<Reason> reason_{Reason::none};
  platform::Event event_;
};

}  // namespace berth::base
