// The rate of uploads, by a clock of the test.
#include "push/rate_limit.hpp"

#include <doctest/doctest.h>

using namespace berth;
using push::RateLimit;
using std::chrono::milliseconds;

TEST_CASE("rate limit: bytes are spread over time, and unused time is not saved up") {
  auto now = RateLimit::Clock::time_point(std::chrono::hours(1));
  RateLimit limit(1'000, [&] { return now; });
  CHECK(limit.take(500) == milliseconds(0));
  CHECK(limit.take(500) == milliseconds(500));
  CHECK(limit.take(1'000) == milliseconds(1'000));
  now += milliseconds(2'000);
  CHECK(limit.take(100) == milliseconds(0));
  now += std::chrono::hours(1);
  CHECK(limit.take(2'000) == milliseconds(0));
  CHECK(limit.take(1) == milliseconds(2'000));
}

TEST_CASE("rate limit: pieces are a tenth of a second's bytes, within bounds") {
  CHECK(RateLimit(1).piece() == 512);
  CHECK(RateLimit(100'000).piece() == 10'000);
  CHECK(RateLimit(1'000'000'000'000).piece() == (1U << 20U));
}
