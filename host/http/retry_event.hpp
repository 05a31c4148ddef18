// RetryEvent: reports that a failed attempt will be repeated, to show progress.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace berth::http {

struct RetryEvent {
  int attempt = 2;                     // number of the next attempt; the first one was 1
  int attempts = 2;                    // upper limit
  std::chrono::milliseconds delay{0};  // until the next attempt
  std::string reason;  // why the last attempt failed: an error message, or "503" of a response
};

// Called before the delay, from the thread that retries. Empty: retries are not reported.
using RetryObserver = std::function<void(const RetryEvent&)>;

}  // namespace berth::http
