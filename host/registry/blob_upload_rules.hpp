// BlobUploadRules: how a registry accepts the bytes of a blob, if it supports less than the
// distribution API.
#pragma once

#include <cstdint>

namespace berth::registry {

struct BlobUploadRules {
  bool monolithic = false;           // the whole blob in one request
  bool allow_unknown_length = true;  // requests may omit Content-Length
  bool verify_range = false;  // after each PATCH, check `Range` against the bytes that were sent
  std::uint64_t max_chunk_size = 0;  // bytes per request; 0: unlimited
  std::uint64_t min_chunk_size = 0;  // bytes per PATCH, except for the last

  [[nodiscard]] bool in_chunks() const { return max_chunk_size != 0; }
};

// Upper limit of the chunk size, whatever a rule or registry requests: a chunk is in memory while
// it is sent.
constexpr std::uint64_t kMaxChunk = std::uint64_t{32} << 20U;
// Lower limit of the chunk size: smaller chunks would need too many requests.
constexpr std::uint64_t kMinChunk = std::uint64_t{64} << 10U;

}  // namespace berth::registry
