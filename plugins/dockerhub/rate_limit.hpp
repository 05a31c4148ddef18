// Docker Hub's pull rate limit, from the headers of manifest responses. Pure.
// Source: Docker Docs, "Docker Hub pull usage and limits".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace berth::dockerhub {

struct RateLimit {
  std::int64_t pulls = 0;
  std::int64_t window = 0;  // seconds
};

// "100;w=21600", of ratelimit-limit or ratelimit-remaining. Nothing: it is neither there nor one,
// as for those without a limit.
std::optional<RateLimit> parse_rate_limit(std::string_view field);

}  // namespace berth::dockerhub
