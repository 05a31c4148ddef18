// KnownLayers: what the digest cache knows of the layers of one raw image.
#pragma once

#include <map>
#include <string>

#include "image/source.hpp"
#include "push/blob_result.hpp"
#include "push/build_manifest.hpp"
#include "push/digest_cache.hpp"
#include "push/plan.hpp"

namespace berth::push {

struct KnownLayer {
  std::optional<CompressedBlob>
      blob;               // made with the push's encoding; std::nullopt: known after compression
  bool verified = false;  // the source's bytes match the diff ID, and need not be read for that
};

using KnownLayers = std::map<std::string, KnownLayer>;  // by diff ID

// Every layer of a raw image; empty for a ready image.
KnownLayers find_known_layers(const image::Source& source, const DigestCache& cache,
                              const image::Encoding& encoding = {});

// What a push of `plan` to another destination has shown: `blobs` are those of its report.
KnownLayers known_from_push(const Plan& plan, const std::vector<BlobResult>& blobs);

// Adds to the plan of `source` what is known of its layers, and the manifests if all of them are.
void add_known_layers(const image::Source& source, const KnownLayers& known, Plan& plan);

// Stores what a push of `plan` learnt: every layer of the raw image was read and verified, or was
// known to be. `blobs` has the compressed blob of each diff ID.
void remember_layers(const image::Source& source, const Plan& plan,
                     const std::map<std::string, CompressedBlob>& blobs, DigestCache& cache);

}  // namespace berth::push
