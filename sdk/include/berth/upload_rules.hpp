// What a flavor whose registry does not take uploads in every way of the distribution API derives from besides
// BaseContainerRegistry. Included by container_registry.hpp.
//
//   class AcmeContainerRegistry : public berth::BaseContainerRegistry, public berth::UploadRulesProvider {
//     berth::UploadRules upload_rules() override;
//
// Facts of the boundary: abi.h, "upload-rules/1".
#pragma once

#include <cstdint>

namespace berth {

// What berth does without being told: change what is different.
struct UploadRules {
  // The bytes of a blob go in one request, never in several. Goes with no limits of chunks.
  bool monolithic = false;
  // A layer may go up while it is compressed, in a request without Content-Length. If not, berth compresses it twice:
  // first to learn its size and digest. Of no account with max_chunk_size: a chunk's length is known.
  bool allow_unknown_length = true;
  // What the registry answers in `Range` is what it has stored: berth compares it with what was sent.
  bool verify_range = false;
  // Bytes of one request; 0: any number, and a blob goes in one. At least 64 KiB.
  std::uint64_t max_chunk_size = 0;
  // Bytes of every request but a blob's last. At most 32 MiB, and not more than max_chunk_size.
  std::uint64_t min_chunk_size = 0;
};

class UploadRulesProvider {
 public:
  virtual ~UploadRulesProvider() = default;
  // Asked once, right after the constructor; uri() and settings() may be looked at.
  virtual UploadRules upload_rules() = 0;
};

}  // namespace berth
