// Creates the manifest of a raw image.
// Source: Docker image manifest V2, schema 2; OCI image-spec 1.1, manifest.md.
#pragma once

#include <map>
#include <string>

#include "image/source.hpp"
#include "push/plan.hpp"

namespace berth::push {

struct CompressedBlob {
  oci::Digest digest;
  std::uint64_t size = 0;
};

// `layers` has the blob of each diff ID of the image, made with `encoding` from the first layer
// with that diff ID.
image::ReadyManifest build_manifest(const image::RawImage& image, ManifestForm form,
                                    const std::map<std::string, CompressedBlob>& layers,
                                    const image::Encoding& encoding = {});

}  // namespace berth::push
