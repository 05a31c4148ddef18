// UploadRules: how a registry takes the bytes of a blob, where it differs from what the distribution API lets it do.
#pragma once

#include <cstdint>

namespace berth::registry {

struct UploadRules {
  bool monolithic = false;           // in one request, never in several
  bool allow_unknown_length = true;  // a request may go without Content-Length
  bool verify_range = false;         // what `Range` confirms after a PATCH is what was stored
  std::uint64_t max_chunk_size = 0;  // bytes of one request; 0: any number
  std::uint64_t min_chunk_size = 0;  // bytes of every PATCH but the last

  [[nodiscard]] bool in_chunks() const { return max_chunk_size != 0; }
};

// A chunk is in memory while it goes: whatever is wanted, it is not larger.
constexpr std::uint64_t kMostChunk = std::uint64_t{32} << 20U;
// Smaller ones would make more requests than a registry answers gladly.
constexpr std::uint64_t kLeastChunk = std::uint64_t{64} << 10U;

}  // namespace berth::registry
