// Descriptor: media type, digest and size of a blob or manifest, from a manifest or an index.
// Value. Source: OCI image-spec 1.1, descriptor.md and image-index.md ("platform").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_value.hpp"
#include "base/result.hpp"
#include "oci/digest.hpp"
#include "oci/platform.hpp"

namespace berth::oci {

struct Descriptor {
  std::string media_type;  // empty if absent
  Digest digest;
  std::uint64_t size = 0;
  std::vector<std::pair<std::string, std::string>> annotations;
  std::optional<Platform> platform;
  std::vector<std::string> urls;
  std::string artifact_type{};  // empty if absent
  std::optional<std::string>
      data{};  // embedded content; std::nullopt if absent or not of this digest and size

  // Optional members may be missing or null. Class integrity, code "descriptor.invalid"; class
  // validation, code "descriptor.algorithm", if the digest's algorithm is not supported.
  static base::Result<Descriptor> from_json(const base::Json& json);
  // Returns the annotation's value; nullptr if it is missing.
  [[nodiscard]] const std::string* annotation(std::string_view key) const;
};

// Returns the content if it is known without reading the blob: the embedded data, or the empty JSON
// object that artifacts use as config (image-spec 1.1, manifest.md, "Guidance for an Empty
// Descriptor"). Else nullptr.
const std::string* embedded_content(const Descriptor& descriptor);

namespace media_type {
inline constexpr std::string_view kOciArtifact = "application/vnd.oci.artifact.manifest.v1+json";
inline constexpr std::string_view kOrasArtifact =
    "application/vnd.cncf.oras.artifact.manifest.v1+json";
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view kOciLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr std::string_view kOciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr std::string_view kOciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerList =
    "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr std::string_view kDockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
inline constexpr std::string_view kDockerLayerGzip =
    "application/vnd.docker.image.rootfs.diff.tar.gzip";

bool is_index(std::string_view type);     // OCI index or Docker manifest list
bool is_manifest(std::string_view type);  // OCI manifest, Docker schema 2, or an artifact manifest
bool is_artifact(
    std::string_view type);  // the artifact manifests of OCI 1.1 release candidates and of ORAS
bool is_schema1(std::string_view type);  // Docker schema 1, signed or not
// Layers that registries refuse to store, or that are fetched from elsewhere (Docker "foreign", OCI
// "nondistributable").
bool is_foreign_layer(std::string_view type);
}  // namespace media_type

}  // namespace berth::oci
