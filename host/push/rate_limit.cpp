#include "push/rate_limit.hpp"

#include <algorithm>

namespace berth::push {
namespace {

constexpr std::uint64_t kMinPiece = 512;
constexpr std::uint64_t kMaxPiece = std::uint64_t{1} << 20U;

}  // namespace

RateLimit::RateLimit(std::uint64_t bytes_per_second, std::function<Clock::time_point()> now)
    : bytes_per_second_(std::max<std::uint64_t>(bytes_per_second, 1)), now_(std::move(now)) {}

std::size_t RateLimit::piece() const {
  return static_cast<std::size_t>(std::clamp(bytes_per_second_ / 10, kMinPiece, kMaxPiece));
}

std::chrono::milliseconds RateLimit::take(std::size_t bytes) {
  const auto needed = std::chrono::duration<double>(static_cast<double>(bytes) /
                                                    static_cast<double>(bytes_per_second_));
  const std::lock_guard lock(mutex_);
  const auto now = now_();
  const auto begin = std::max(free_, now);
  free_ = begin + std::chrono::duration_cast<Clock::duration>(needed);
  return std::chrono::ceil<std::chrono::milliseconds>(begin - now);
}

}  // namespace berth::push
