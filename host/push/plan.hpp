// Plan: what a push will move, as a value. A dry run prints it; a flavor judges it; the transfer carries it out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/source.hpp"

namespace berth::push {

// How berth writes the manifest of an image that has none yet: as Docker's schema 2, which every registry takes, or as
// OCI, which is all that readers of an OCI layout look for.
enum class ManifestForm { docker, oci };

struct MediaTypes {
  std::string_view manifest;
  std::string_view config;
  std::string_view layer;  // gzipped
};

MediaTypes media_types_of(ManifestForm form);

struct PlannedBlob {
  image::BlobKind kind = image::BlobKind::layer;
  std::string media_type;
  std::optional<oci::Digest> digest;   // none: known once it is compressed
  std::optional<oci::Digest> diff_id;  // raw layers only
  std::uint64_t size = 0;        // exact if the digest is known; else an upper bound of the compressed size, or an
                                 // estimate if the source packs the layer by other means than gzip
  std::size_t source_index = 0;  // place in ReadyImage::blobs or RawImage::layers
  bool at_destination = false;   // it is there, and the source does not have it: not transferred
};

struct Plan {
  std::vector<PlannedBlob> blobs;  // each once; for a raw image the config comes first, then the layers in order
  ManifestForm form = ManifestForm::docker;     // of a raw image's manifest
  std::vector<image::ReadyManifest> manifests;  // ready images: children first, root last; else empty
  std::optional<oci::Digest> digest;            // of the root manifest, when it is known before compression
  std::string media_type;                       // of the root manifest
  std::vector<oci::Platform> platforms;
  std::uint64_t total_size = 0;  // sum of the blobs' sizes
};

Plan plan_push(const image::Contents& contents, ManifestForm form);

// Checks that the root manifest is the one that the destination names, if it names one. Class integrity, code
// "push.digest-mismatch".
base::Result<void> check_expected(const image::ReadyManifest& root, const std::optional<oci::Digest>& expected);

}  // namespace berth::push
