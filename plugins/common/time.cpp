#include "common/time.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace berth::common {
namespace {

// The number in `digits` digits at `at`; std::nullopt if they are not digits.
std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (text.size() < at + digits) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(at, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

struct Parts {
  std::optional<int> year, month, day, hour, minute, second;
};

std::optional<std::int64_t> seconds_of(const Parts& parts) {
  if (!parts.year || !parts.month || !parts.day || !parts.hour || !parts.minute || !parts.second)
    return std::nullopt;
  if (*parts.month < 1 || *parts.month > 12 || *parts.day < 1 || *parts.day > 31 ||
      *parts.hour > 23 || *parts.minute > 59 || *parts.second > 60)
    return std::nullopt;
  std::tm time{};
  time.tm_year = *parts.year - 1900;
  time.tm_mon = *parts.month - 1;
  time.tm_mday = *parts.day;
  time.tm_hour = *parts.hour;
  time.tm_min = *parts.minute;
  time.tm_sec = *parts.second;
  return ::timegm(&time);
}

// Returns the seconds of an offset: "Z", "+01:00", "" …; std::nullopt if it is invalid.
std::optional<std::int64_t> offset_of(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z" || text == "UTC") return 0;
  if (text.front() != '+' && text.front() != '-') return std::nullopt;
  const bool colon = text.size() == 6 && text[3] == ':';
  if (!colon && text.size() != 5) return std::nullopt;
  const auto hours = number_at(text, 1, 2);
  const auto minutes = number_at(text, colon ? 4 : 3, 2);
  if (!hours || !minutes) return std::nullopt;
  const std::int64_t seconds = *hours * 3600 + *minutes * 60;
  return text.front() == '+' ? seconds : -seconds;
}

std::string written(std::int64_t seconds, const char* pattern) {
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), pattern, &parts)};
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text) {
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' ||
      (text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const auto seconds =
      seconds_of({number_at(text, 0, 4), number_at(text, 5, 2), number_at(text, 8, 2),
                  number_at(text, 11, 2), number_at(text, 14, 2), number_at(text, 17, 2)});
  text.remove_prefix(19);
  if (!text.empty() && text.front() == '.') {
    const auto end = text.find_first_not_of("0123456789", 1);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end);
  }
  const auto offset = offset_of(text);
  if (!seconds || !offset) return std::nullopt;
  return *seconds - *offset;
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || text.substr(25) != " GMT" || text.substr(3, 2) != ", ")
    return std::nullopt;
  const auto month = months.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  return seconds_of({number_at(text, 12, 4), static_cast<int>(month / 3 + 1), number_at(text, 5, 2),
                     number_at(text, 17, 2), number_at(text, 20, 2), number_at(text, 23, 2)});
}

std::string basic_time(std::int64_t seconds) { return written(seconds, "%Y%m%dT%H%M%SZ"); }

std::string extended_time(std::int64_t seconds) { return written(seconds, "%Y-%m-%dT%H:%M:%SZ"); }

std::string clock_skew(std::int64_t now, std::int64_t server_time, const std::string& whose) {
  constexpr std::int64_t kTolerance = 300;
  if (server_time == 0 || std::llabs(server_time - now) <= kTolerance) return {};
  return "this machine's clock shows " + extended_time(now) + ", " + whose + " " +
         extended_time(server_time);
}

}  // namespace berth::common
