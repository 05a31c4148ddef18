// RateLimit: the bytes that all uploads of a command send per second.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>

#include "base/cancellation.hpp"

namespace berth::push {

// Safe from any thread.
class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;

  // `now` is for tests.
  explicit RateLimit(std::uint64_t bytes_per_second,
                     std::function<Clock::time_point()> now = Clock::now);

  // The most bytes to send at once, so that a slow upload does not look like one that stopped: a
  // tenth of a second's.
  [[nodiscard]] std::size_t piece() const;
  // Returns how long to wait before `bytes` may be sent, and counts them as sent then.
  [[nodiscard]] std::chrono::milliseconds take(std::size_t bytes);

 private:
  std::uint64_t bytes_per_second_;
  std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  Clock::time_point free_{};  // when the next bytes may be sent; guarded by mutex_
};

}  // namespace berth::push
