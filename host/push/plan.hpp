// Plan: what a push will move, as a value. A dry run prints it; a flavor judges it; the transfer carries it out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "image/source.hpp"

namespace berth::push {

struct PlannedBlob {
  image::BlobKind kind = image::BlobKind::layer;
  std::string media_type;
  std::optional<oci::Digest> digest;   // none: known once it is compressed
  std::optional<oci::Digest> diff_id;  // raw layers only
  std::uint64_t size = 0;              // exact when the digest is known, else an upper bound of the compressed size
  std::size_t source_index = 0;        // place in ReadyImage::blobs or RawImage::layers
};

struct Plan {
  std::vector<PlannedBlob> blobs;  // each once; for a raw image the config comes first, then the layers in order
  std::vector<image::ReadyManifest> manifests;  // ready images: children first, root last; else empty
  std::optional<oci::Digest> digest;            // of the root manifest, when it is known before compression
  std::string media_type;                       // of the root manifest
  std::vector<oci::Platform> platforms;
  std::uint64_t total_size = 0;  // sum of the blobs' sizes
};

Plan plan_push(const image::Contents& contents);

}  // namespace berth::push
