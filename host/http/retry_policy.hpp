// When a request is sent again, and after how long.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "http/client.hpp"

namespace berth::http {

// 408, 429, 500, 502, 503, 504: the same request may succeed a little later.
bool is_transient_status(int status);

// A Retry-After header: seconds or a date. Source: RFC 9110, section 10.2.3.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value);

// What the Retry-After header of an answer asks for.
std::optional<std::chrono::milliseconds> asked_delay(const Response& response);

// How long to wait after failed attempt number `attempt` (from 1): half to all of a delay that doubles, or what the
// server asked for. Nothing: the server asks for more than limits.longest_delay.
std::optional<std::chrono::milliseconds> retry_delay(const Limits& limits, int attempt,
                                                     std::optional<std::chrono::milliseconds> asked);

}  // namespace berth::http
