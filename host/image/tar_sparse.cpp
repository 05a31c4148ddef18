#include "image/tar_sparse.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace berth::image {
namespace {

using Regions = std::vector<SparseMap::Region>;

constexpr std::size_t kMaxSparseRegions = 1U << 17U;
constexpr std::uint64_t kMaxMapText = std::uint64_t{4} << 20U;

constexpr std::size_t kNumberSize = 12;
constexpr std::size_t kHeaderRegions = 4;
constexpr std::size_t kHeaderRegionsAt = 386;
constexpr std::size_t kHeaderExtendedAt = 482;
constexpr std::size_t kHeaderFileSizeAt = 483;
constexpr std::size_t kExtensionRegions = 21;
constexpr std::size_t kExtensionExtendedAt = 504;

std::optional<std::uint64_t> number_at(const TarBlock& block, std::size_t at) {
  return parse_tar_number({block.data() + at, kNumberSize});
}

// Appends the regions of a block; the first empty one is the last. Returns false if a number is
// malformed.
bool append_regions(const TarBlock& block, std::size_t at, std::size_t count, Regions& regions) {
  for (std::size_t i = 0; i < count; ++i, at += 2 * kNumberSize) {
    if (block[at] == '\0') break;
    const auto offset = number_at(block, at);
    const auto size = number_at(block, at + kNumberSize);
    if (!offset || !size) return false;
    regions.push_back({*offset, *size});
  }
  return regions.size() <= kMaxSparseRegions;
}

std::optional<SparseMap> complete_map(const Regions& regions, std::uint64_t file_size,
                                      std::uint64_t stored_size) {
  auto map = SparseMap::make(regions, file_size);
  if (map && map->stored_size() != stored_size) return std::nullopt;
  return map;
}

std::optional<Regions> paired(const std::vector<std::uint64_t>& numbers) {
  if (numbers.size() % 2 != 0 || numbers.size() / 2 > kMaxSparseRegions) return std::nullopt;
  Regions regions;
  for (std::size_t i = 0; i < numbers.size(); i += 2)
    regions.push_back({numbers[i], numbers[i + 1]});
  return regions;
}

// Takes a decimal number and its newline from `text`.
std::optional<std::uint64_t> take_line(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || length == text.size() || *end != '\n') return std::nullopt;
  text.remove_prefix(length + 1);
  return value;
}

// Format 1.0: the number of regions, then offset and size of each, one number a line, filled up to
// a whole block.
SparseEntry map_of_text(std::string_view text, std::uint64_t at, std::uint64_t size,
                        std::uint64_t file_size) {
  std::string_view rest = text;
  const auto count = take_line(rest);
  if (!count || *count > kMaxSparseRegions) return {at};
  Regions regions;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto offset = take_line(rest);
    const auto length = take_line(rest);
    if (!offset || !length) return {at};
    regions.push_back({*offset, *length});
  }
  const auto map_size = (text.size() - rest.size() + kTarBlock - 1) / kTarBlock * kTarBlock;
  if (map_size > size) return {at};
  return {at + map_size, complete_map(regions, file_size, size - map_size)};
}

}  // namespace

base::Result<SparseEntry> read_gnu_sparse(const Extent& archive, std::uint64_t at,
                                          const TarBlock& header, std::uint64_t stored_size) {
  Regions regions;
  bool valid = append_regions(header, kHeaderRegionsAt, kHeaderRegions, regions);
  bool extended = header[kHeaderExtendedAt] != '\0';
  while (extended) {
    Extent rest = archive;
    rest.offset = at;
    rest.size = kTarBlock;
    BERTH_TRY(const auto text, read_extent(rest, kTarBlock));
    TarBlock block{};
    std::memcpy(block.data(), text.data(), kTarBlock);
    at += kTarBlock;
    valid = valid && append_regions(block, 0, kExtensionRegions, regions);
    extended = block[kExtensionExtendedAt] != '\0';
  }
  const auto file_size = number_at(header, kHeaderFileSizeAt);
  if (!valid || !file_size) return SparseEntry{at};
  return SparseEntry{at, complete_map(regions, *file_size, stored_size)};
}

base::Result<SparseEntry> read_pax_sparse(const Extent& archive, std::uint64_t at,
                                          std::uint64_t size, const SparseRecords& records) {
  if (!records.valid) return SparseEntry{at};
  if (records.map_in_data) {
    Extent text = archive;
    text.offset = at;
    text.size = std::min(size, kMaxMapText);
    BERTH_TRY(const auto map, read_extent(text, kMaxMapText));
    return map_of_text(map, at, size, records.file_size);
  }
  const auto regions = paired(records.numbers);
  if (!regions) return SparseEntry{at};
  return SparseEntry{at, complete_map(*regions, records.file_size, size)};
}

}  // namespace berth::image
