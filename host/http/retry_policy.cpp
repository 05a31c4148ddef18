#include "http/retry_policy.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <random>
#include <string>

namespace berth::http {

using std::chrono::milliseconds;

bool is_transient_status(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

std::optional<milliseconds> parse_retry_after(std::string_view value) {
  constexpr long kDay = 86'400;
  long seconds = 0;
  if (value.starts_with('-')) return std::nullopt;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc::result_out_of_range) return milliseconds(kDay * 1000);
  if (error != std::errc() || end != value.data() + value.size()) {
    const auto date = curl_getdate(std::string(value).c_str(), nullptr);
    if (date < 0) return std::nullopt;
    seconds = static_cast<long>(date - std::time(nullptr));
  }
  return milliseconds(std::clamp(seconds, 0L, kDay) * 1000);
}

std::optional<milliseconds> asked_delay(const Response& response) {
  const auto* header = response.header("retry-after");
  return header != nullptr ? parse_retry_after(*header) : std::nullopt;
}

std::optional<milliseconds> retry_delay(const Limits& limits, int attempt, std::optional<milliseconds> asked) {
  if (asked && *asked > limits.longest_delay) return std::nullopt;
  if (asked && asked->count() > 0) return asked;
  const auto whole = std::min(limits.longest_delay.count(), limits.first_delay.count() << std::min(attempt - 1, 16));
  thread_local std::minstd_rand random(std::random_device{}());
  return milliseconds(std::uniform_int_distribution<long>(whole / 2, whole)(random));
}

}  // namespace berth::http
