// Points in time as clouds write them. Seconds are since 1970-01-01T00:00:00Z. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::common {

// RFC 3339, also without seconds' fraction, with "UTC" or nothing for "Z" (what older tools wrote into their caches);
// fractions are dropped.
std::optional<std::int64_t> parse_time(std::string_view text);
// RFC 9110 §5.6.7, IMF-fixdate alone: "Sun, 06 Nov 1994 08:49:37 GMT", as a Date field has it.
std::optional<std::int64_t> parse_http_date(std::string_view text);

// "this machine's clock says 2026-11-25T20:15:00Z, AWS's 2026-11-25T21:15:00Z"; empty: the two are within five minutes,
// which those who sign with the time allow, or the other's is not known (0).
std::string clock_skew(std::int64_t now, std::int64_t server_time, const std::string& whose);
inline constexpr const char* kClockFix = "timedatectl set-ntp true";

std::string basic_time(std::int64_t seconds);     // "20261125T201500Z"
std::string extended_time(std::int64_t seconds);  // "2026-11-25T20:15:00Z"

}  // namespace berth::common
