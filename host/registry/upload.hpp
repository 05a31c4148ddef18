// Values of an upload session.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace berth::registry {

// An upload session that the registry opened. Value; one step at a time.
struct Upload {
  std::string location;      // absolute URL for the next request
  std::uint64_t offset = 0;  // bytes sent so far
  std::optional<std::uint64_t>
      confirmed{};  // bytes that the registry reported to have stored; some report fewer
  std::uint64_t min_chunk_size =
      0;  // OCI-Chunk-Min-Length: minimum size of every chunk but the last; 0: none
  // Of the last response in this session, to choose what to do after a failure.
  int status = 0;               // 0: no response
  bool has_api_errors = false;  // the error is the registry's own; false: that of a proxy or web
                                // server in front of it
};

struct UploadStart {
  bool exists = false;   // the registry reports that it has the blob: not verified, see
                         // BlobClient::is_readable()
  bool mounted = false;  // `exists`, because it was mounted from another repository
  Upload upload = {};    // else: the open session
};

// Blobs up to this size are sent in the PUT that closes the session, which saves a round trip. They
// are in memory meanwhile.
constexpr std::uint64_t kSmallBlob = std::uint64_t{256} << 10U;

// How long to wait for a response after an interruption: its Location is needed to delete the
// session.
constexpr std::chrono::milliseconds kLocationGrace{400};

// Returns how long to wait for a registry to store `bytes` after receiving them: 30 s, plus the
// time at 10 MB/s (slow storage).
constexpr std::chrono::milliseconds commit_timeout(std::uint64_t bytes) {
  constexpr std::uint64_t kBytesPerMillisecond = 10'000;
  return std::chrono::seconds(30) + std::chrono::milliseconds(bytes / kBytesPerMillisecond);
}

}  // namespace berth::registry
