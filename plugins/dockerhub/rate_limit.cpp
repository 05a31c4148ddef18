#include "dockerhub/rate_limit.hpp"

#include <charconv>

namespace berth::dockerhub {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::optional<RateLimit> parse_rate_limit(std::string_view field) {
  constexpr std::string_view separator = ";w=";
  const auto at = field.find(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const auto pulls = number(field.substr(0, at));
  const auto window = number(field.substr(at + separator.size()));
  if (!pulls || !window) return std::nullopt;
  return RateLimit{*pulls, *window};
}

}  // namespace berth::dockerhub
