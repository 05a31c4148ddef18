// UploadRulesProvider: the base class of flavors whose registry does not support every kind of
// upload of the distribution API, in addition to BaseContainerRegistry. Included by
// container_registry.hpp. ABI: abi.h, "upload-rules/1".
//
//   class AcmeContainerRegistry : public berth::BaseContainerRegistry,
//                                 public berth::UploadRulesProvider {
//     berth::UploadRules upload_rules() override;
#pragma once

#include <cstdint>
#include <optional>

#include <berth/detail/sdk_version.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

// UploadRules: how blobs are uploaded. std::nullopt: the host's default.
struct UploadRules {
  // A blob is uploaded in one request. Cannot be combined with chunk sizes. Default: false.
  std::optional<bool> monolithic{};
  // Permits requests without Content-Length, so that a layer is uploaded while it is compressed.
  // Without it, layers are compressed twice, first for size and digest. Ignored with
  // max_chunk_size. Default: true.
  std::optional<bool> allow_unknown_length{};
  // `Range` in a response is the size stored so far; the host compares it with what it sent.
  // Default: false.
  std::optional<bool> verify_range{};
  // Maximum bytes per request, at least 64 KiB. 0: no limit, a blob is uploaded in one request.
  // Default: 0.
  std::optional<std::uint64_t> max_chunk_size{};
  // Minimum bytes per request except the last of a blob. At most 32 MiB and max_chunk_size.
  // Default: 0.
  std::optional<std::uint64_t> min_chunk_size{};
};

class UploadRulesProvider {
 public:
  virtual ~UploadRulesProvider() = default;
  // Returns the rules. Called once, after the constructor; uri() and settings() are available.
  // Contradictory rules are a contract violation.
  virtual UploadRules upload_rules() = 0;
};

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
