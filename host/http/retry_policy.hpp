// RetryPolicy: when a request is sent again, and after how long. All of berth's network retries use
// it, and an operation that retries contains no other one that does (host/http/README.md).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancellation.hpp"
#include "base/log.hpp"
#include "http/client_options.hpp"
#include "http/message.hpp"

namespace berth::http {

// Returns true for 408, 429, 500, 502, 503, 504, and 520 to 524 (Cloudflare): the same request may
// succeed a little later.
bool is_transient_status(int status);

// Returns true for 429 or 503 with Retry-After, which is taken to mean that the request was not
// executed. RFC 9110, section 15.6.4, does not guarantee that for 503: a retried request that
// creates something may find that it exists.
bool is_not_executed(const Response& response);

// Parses a Retry-After header: seconds or a date. Source: RFC 9110, section 10.2.3.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value);

// Returns the delay in a response's Retry-After header, or in X-Retry-After, which some APIs send
// instead: seconds, or a Unix timestamp.
std::optional<std::chrono::milliseconds> retry_after(const Response& response);

// Returns how long to wait after failed attempt number `attempt` (from 1): between half and all of
// a delay that doubles; or `asked` plus up to a tenth. std::nullopt if the server requests more
// than limits.max_retry_after.
std::optional<std::chrono::milliseconds> retry_delay(
    const Limits& limits, int attempt, std::optional<std::chrono::milliseconds> asked);

// The attempts of one operation. Not thread-safe.
class RetryPolicy {
 public:
  // References must outlive this object.
  RetryPolicy(const Limits& limits, const RetryObserver& observer,
              const base::Cancellation& cancellation, base::Log& log);

  // Returns the delay before the next attempt; std::nullopt if `max_attempts` attempts were used,
  // or the server requests a longer delay than the limits allow.
  [[nodiscard]] std::optional<std::chrono::milliseconds> next_delay(
      int max_attempts, std::optional<std::chrono::milliseconds> retry_after) const;
  // Reports the retry, waits for `delay` and begins the next attempt. Returns false once cancelled.
  bool wait(std::chrono::milliseconds delay, int max_attempts, const std::string& reason);

  [[nodiscard]] int attempt() const { return attempt_; }  // number of the current one, from 1
  [[nodiscard]] std::chrono::milliseconds elapsed() const;

 private:
  const Limits& limits_;
  const RetryObserver& observer_;
  const base::Cancellation& cancellation_;
  base::Log& log_;
  int attempt_ = 1;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace berth::http
