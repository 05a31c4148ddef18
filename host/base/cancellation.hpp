// Cancellation: one flag that ends everything: a signal, or the wall limit of the command.
// Created by main, handed down by reference; outlives everything that holds it. All members are safe from any thread,
// request() also from a signal handler.
#pragma once

#include <atomic>
#include <chrono>

#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace berth::base {

class Cancellation {
 public:
  enum class Reason : int {
    none,
    interrupt,
    terminate,
    timeout,
    abandoned  // by the command itself, which has failed: what runs beside it need not be waited for
  };

  Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  // The first reason wins.
  void request(Reason reason) noexcept;
  [[nodiscard]] bool requested() const noexcept;
  [[nodiscard]] Reason reason() const noexcept;

  // Becomes readable, and stays so, once requested: poll it beside whatever is waited for.
  [[nodiscard]] int fd() const noexcept;

  // Waits that long, or until requested; whether it was.
  [[nodiscard]] bool wait_for(std::chrono::milliseconds duration) const noexcept;

  // Class interrupted (signals, and what was abandoned) or stall (the wall limit); only when requested().
  [[nodiscard]] Error error() const;

 private:
  std::atomic<Reason> reason_{Reason::none};
  UniqueFd event_;
};

}  // namespace berth::base
