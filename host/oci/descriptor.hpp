// Descriptor: what a manifest or an index says of one blob or manifest. Value.
// Source: OCI image-spec 1.1, descriptor.md and image-index.md ("platform").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "oci/digest.hpp"

namespace berth::oci {

// os/arch[/variant]
struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;

  static base::Result<Platform> parse(std::string_view text);  // class usage, code "platform.invalid"
  [[nodiscard]] std::string str() const;
  // Whether this platform answers a request for `wanted` (a request without a variant takes any).
  [[nodiscard]] bool matches(const Platform& wanted) const;
  friend bool operator==(const Platform&, const Platform&) = default;
};

struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;
  std::vector<std::pair<std::string, std::string>> annotations;
  std::optional<Platform> platform;
  std::vector<std::string> urls;

  // Class integrity, code "descriptor.invalid".
  static base::Result<Descriptor> from_json(const base::Json& json);
  [[nodiscard]] const std::string* annotation(std::string_view key) const;
};

namespace media_type {
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view kOciLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr std::string_view kOciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr std::string_view kOciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";
inline constexpr std::string_view kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr std::string_view kDockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
inline constexpr std::string_view kDockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";

bool is_index(std::string_view type);     // OCI index or Docker manifest list
bool is_manifest(std::string_view type);  // OCI manifest or Docker schema 2
// A layer that registries refuse to store or that comes from elsewhere (Docker "foreign", OCI "nondistributable").
bool is_foreign_layer(std::string_view type);
}  // namespace media_type

}  // namespace berth::oci
