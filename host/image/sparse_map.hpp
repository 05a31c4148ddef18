// SparseMap: which bytes of a file an archive stores; the others are zeros (holes). Value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace berth::image {

class SparseMap {
 public:
  struct Region {
    std::uint64_t offset = 0;  // in the file
    std::uint64_t size = 0;
  };
  // Consecutive bytes of the file that are all stored or all zeros.
  struct Run {
    std::uint64_t size = 0;
    std::optional<std::uint64_t> stored_at = {};  // in the stored bytes; std::nullopt: zeros
  };

  // Regions may be empty. Returns std::nullopt unless they ascend, do not overlap, and end within
  // `file_size`.
  static std::optional<SparseMap> make(const std::vector<Region>& regions, std::uint64_t file_size);

  [[nodiscard]] std::uint64_t file_size() const { return file_size_; }
  [[nodiscard]] std::uint64_t stored_size() const { return stored_size_; }
  [[nodiscard]] std::size_t region_count() const { return regions_.size(); }
  // `position` must be less than file_size(). The run begins there and is not empty.
  [[nodiscard]] Run run_at(std::uint64_t position) const;

 private:
  struct Stored {
    Region region;
    std::uint64_t at = 0;  // in the stored bytes
  };

  std::vector<Stored> regions_;
  std::uint64_t file_size_ = 0;
  std::uint64_t stored_size_ = 0;
};

}  // namespace berth::image
