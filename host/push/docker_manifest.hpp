// The manifest that berth writes for a raw image. Source: Docker image manifest V2, schema 2.
#pragma once

#include <map>
#include <string>

#include "image/source.hpp"

namespace berth::push {

struct CompressedBlob {
  oci::Digest digest;
  std::uint64_t size = 0;
};

// `layers` holds what became of each diff ID of the image.
image::ReadyManifest write_docker_manifest(const image::RawImage& image,
                                           const std::map<std::string, CompressedBlob>& layers);

}  // namespace berth::push
