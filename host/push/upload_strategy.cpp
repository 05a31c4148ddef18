#include "push/upload_strategy.hpp"

#include <algorithm>
#include <array>

#include "registry/upload.hpp"

namespace berth::push {
namespace {

// If the registry accepts more: large enough that round trips hardly matter.
constexpr std::uint64_t kDefaultChunk = std::uint64_t{8} << 20U;

std::array<UploadMethod, 3> order(const registry::BlobUploadRules& rules) {
  using enum UploadMethod;
  if (rules.in_chunks()) return {chunked, monolithic, streamed};
  if (!rules.allow_unknown_length) return {monolithic, chunked, streamed};
  return {streamed, monolithic, chunked};
}

}  // namespace

void Refusals::add(UploadMethod method) {
  streamed = streamed || method == UploadMethod::streamed;
  monolithic = monolithic || method == UploadMethod::monolithic;
  chunked = chunked || method == UploadMethod::chunked;
}

void Refusals::add(const Refusals& other) {
  streamed = streamed || other.streamed;
  monolithic = monolithic || other.monolithic;
  chunked = chunked || other.chunked;
  too_large = std::min(too_large, other.too_large);
}

void UploadStrategy::learn(const Refusals& refusals) {
  const std::lock_guard lock(mutex_);
  learned_.add(refusals);
}

std::optional<std::uint64_t> UploadStrategy::chunk_size(std::uint64_t registry_minimum,
                                                        const Refusals& refusals) const {
  Refusals all = refusals;
  {
    const std::lock_guard lock(mutex_);
    all.add(learned_);
  }
  const auto smallest = std::max({registry::kMinChunk, rules_.min_chunk_size, registry_minimum});
  auto size = std::min(std::max(kDefaultChunk, smallest), registry::kMaxChunk);
  if (rules_.in_chunks()) size = std::min(size, rules_.max_chunk_size);
  if (size < all.too_large) return size;
  while (size >= all.too_large) size /= 2;
  return size >= smallest ? std::optional(size) : std::nullopt;
}

bool UploadStrategy::is_usable(UploadMethod method, std::optional<std::uint64_t> size,
                               const Refusals& refusals) const {
  const bool fits =
      refusals.too_large == Refusals().too_large || (size && *size < refusals.too_large);
  switch (method) {
    case UploadMethod::streamed:
      return !refusals.streamed && rules_.allow_unknown_length && !rules_.in_chunks() && fits;
    case UploadMethod::monolithic:
      return !refusals.monolithic && fits &&
             (!rules_.in_chunks() || (size && *size <= rules_.max_chunk_size));
    case UploadMethod::chunked:
      return !refusals.chunked && !rules_.monolithic;
  }
  return false;
}

std::optional<UploadWay> UploadStrategy::choose(std::optional<std::uint64_t> size,
                                                const Refusals& refusals) const {
  Refusals all = refusals;
  {
    const std::lock_guard lock(mutex_);
    all.add(learned_);
  }
  const bool small = size && *size <= registry::kSmallBlob;
  if (small && is_usable(UploadMethod::monolithic, size, all))
    return UploadWay{UploadMethod::monolithic, 0};
  for (const auto method : order(rules_)) {
    if (!is_usable(method, size, all)) continue;
    if (method != UploadMethod::chunked) return UploadWay{method, 0};
    if (const auto chunk = chunk_size(0, refusals)) return UploadWay{method, *chunk};
  }
  return std::nullopt;
}

}  // namespace berth::push
