#include "http/retry_policy.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <random>
#include <string>

#include "http/curl_library.hpp"

namespace berth::http {

using std::chrono::milliseconds;

bool is_transient_status(int status) {
  const bool from_cloudflare = status >= 520 && status <= 524;
  return status == 408 || status == 429 || status == 500 || (status >= 502 && status <= 504) ||
         from_cloudflare;
}

bool is_not_executed(const Response& response) {
  return (response.status == 429 || response.status == 503) && retry_after(response).has_value();
}

std::optional<milliseconds> parse_retry_after(std::string_view value) {
  constexpr long kDay = 86'400;
  long seconds = 0;
  if (value.starts_with('-')) return std::nullopt;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc::result_out_of_range) return milliseconds(kDay * 1000);
  if (error != std::errc() || end != value.data() + value.size()) {
    const auto date = curl().getdate(std::string(value).c_str(), nullptr);
    if (date < 0) return std::nullopt;
    seconds = static_cast<long>(date - std::time(nullptr));
  }
  return milliseconds(std::clamp(seconds, 0L, kDay) * 1000);
}

std::optional<milliseconds> retry_after(const Response& response) {
  if (const auto* header = response.header("retry-after")) return parse_retry_after(*header);
  const auto* other = response.header("x-retry-after");
  if (other == nullptr) return std::nullopt;
  constexpr long kTimestamps = 1'000'000'000;  // larger values are timestamps: too long for a delay
  long number = 0;
  const auto [end, error] = std::from_chars(other->data(), other->data() + other->size(), number);
  const bool is_number = error == std::errc() && end == other->data() + other->size();
  if (!is_number || number < kTimestamps) return parse_retry_after(*other);
  return parse_retry_after(
      std::to_string(std::max(0L, number - static_cast<long>(std::time(nullptr)))));
}

std::optional<milliseconds> retry_delay(const Limits& limits, int attempt,
                                        std::optional<milliseconds> asked) {
  if (asked && *asked > limits.max_retry_after) return std::nullopt;
  thread_local std::minstd_rand random(std::random_device{}());
  const auto between = [](long least, long most) {
    return milliseconds(std::uniform_int_distribution<long>(least, most)(random));
  };
  if (asked && asked->count() > 0)
    return between(asked->count(), asked->count() + asked->count() / 10);
  const auto whole = std::min(limits.longest_delay.count(), limits.first_delay.count()
                                                                << std::min(attempt - 1, 16));
  return between(whole / 2, whole);
}

RetryPolicy::RetryPolicy(const Limits& limits, const RetryObserver& observer,
                         const base::Cancellation& cancellation, base::Log& log)
    : limits_(limits), observer_(observer), cancellation_(cancellation), log_(log) {}

std::optional<milliseconds> RetryPolicy::next_delay(int max_attempts,
                                                    std::optional<milliseconds> retry_after) const {
  if (attempt_ >= max_attempts) return std::nullopt;
  return retry_delay(limits_, attempt_, retry_after);
}

bool RetryPolicy::wait(milliseconds delay, int max_attempts, const std::string& reason) {
  log_.write(base::LogLevel::step, "retry",
             {{"attempt", std::to_string(attempt_)},
              {"after_ms", std::to_string(delay.count())},
              {"because", reason}});
  ++attempt_;
  if (observer_) observer_({attempt_, max_attempts, delay, reason});
  return !cancellation_.wait_for(delay);
}

milliseconds RetryPolicy::elapsed() const {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin_);
}

}  // namespace berth::http
