// Parses and formats points in time. Seconds are since the Unix epoch. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::common {

// RFC 3339, also without seconds' fraction, with "UTC" or nothing for "Z" (what older tools wrote
// into their caches); fractions are dropped.
std::optional<std::int64_t> parse_time(std::string_view text);
// Parses only IMF-fixdate of RFC 9110 §5.6.7, the form of Date headers: "Sun, 06 Nov 1994 08:49:37
// GMT".
std::optional<std::int64_t> parse_http_date(std::string_view text);

// Returns a message with both times if this machine's clock and the server's differ by more than
// five minutes, which signatures do not tolerate. Empty if they do not, or if `server_time` is 0
// (not known).
std::string clock_skew(std::int64_t now, std::int64_t server_time, const std::string& whose);
inline constexpr const char* kClockFix = "timedatectl set-ntp true";

std::string basic_time(std::int64_t seconds);     // "20261125T201500Z"
std::string extended_time(std::int64_t seconds);  // "2026-11-25T20:15:00Z"

}  // namespace berth::common
