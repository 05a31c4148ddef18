// An upload session of a registry, and what opens one. Values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "oci/digest.hpp"

namespace berth::registry {

// An upload session that the registry opened. Value; one step at a time.
struct Upload {
  std::string location;                      // absolute URL for the next request
  std::uint64_t offset = 0;                  // bytes that were sent
  std::optional<std::uint64_t> confirmed{};  // bytes that the registry reported to have; some report less
  std::uint64_t min_chunk_size = 0;          // OCI-Chunk-Min-Length: bytes of every chunk but the last; 0: none
  // Of the last response to a request of this session, for choosing what to do after a failure.
  int status = 0;               // 0: no response
  bool has_api_errors = false;  // it is an error of the registry itself; else of a proxy or web server in front of it
};

struct UploadStart {
  bool exists = false;  // the registry reports that it has the blob: not verified, see has_blob_bytes()
  Upload upload;        // else: the open session
};

// A blob by which the registry is asked whether it has it.
struct BlobName {
  const oci::Digest& digest;  // must outlive this object
  std::uint64_t size = 0;
};

// Up to here a blob goes in the PUT that closes its session: one round trip less, and it is in memory while it goes.
constexpr std::uint64_t kSmallBlob = std::uint64_t{256} << 10U;

// How long a registry may take to store `bytes` after it received them: 30 s, and 10 MB/s for the slowest storage.
std::chrono::milliseconds commit_timeout(std::uint64_t bytes);

}  // namespace berth::registry
