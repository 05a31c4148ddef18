#include "image/sparse_map.hpp"

#include <algorithm>

namespace berth::image {

std::optional<SparseMap> SparseMap::make(const std::vector<Region>& regions,
                                         std::uint64_t file_size) {
  SparseMap map;
  map.file_size_ = file_size;
  std::uint64_t end = 0;
  for (const Region& region : regions) {
    if (region.offset < end || region.offset > file_size || region.size > file_size - region.offset)
      return std::nullopt;
    end = region.offset + region.size;
    if (region.size == 0) continue;
    map.regions_.push_back({region, map.stored_size_});
    map.stored_size_ += region.size;
  }
  return map;
}

SparseMap::Run SparseMap::run_at(std::uint64_t position) const {
  const auto next = std::upper_bound(
      regions_.begin(), regions_.end(), position,
      [](std::uint64_t at, const Stored& stored) { return at < stored.region.offset; });
  const auto hole_end = next == regions_.end() ? file_size_ : next->region.offset;
  if (next == regions_.begin()) return {hole_end - position};
  const Stored& stored = *std::prev(next);
  const auto within = position - stored.region.offset;
  if (within >= stored.region.size) return {hole_end - position};
  return {stored.region.size - within, stored.at + within};
}

}  // namespace berth::image
