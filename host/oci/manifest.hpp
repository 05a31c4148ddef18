// Manifest and Index: the parsed view of bytes that are kept and sent as they are, never re-printed.
// Values. Unknown fields and media types pass through, because the bytes do.
// Source: OCI image-spec 1.1, manifest.md and image-index.md; Docker image manifest V2, schema 2.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/descriptor.hpp"

namespace berth::oci {

// Registries take manifests of 4 MiB at least (OCI distribution-spec 1.1, "Pushing manifests"); larger ones are
// refused.
inline constexpr std::size_t kManifestLimit = std::size_t{4} << 20U;

struct Manifest {
  std::string bytes;
  std::string media_type;
  Digest digest;
  Descriptor config;
  std::vector<Descriptor> layers;
  std::optional<Descriptor> subject;
};

struct Index {
  std::string bytes;
  std::string media_type;
  Digest digest;
  std::vector<Descriptor> manifests;
};

// `media_type` is what the descriptor or the Content-Type header said; it must agree with the document's own mediaType
// when that is there (a document that can be read as both is refused). Class integrity, codes "manifest.…".
base::Result<Manifest> parse_manifest(std::string bytes, std::string_view media_type);
base::Result<Index> parse_index(std::string bytes, std::string_view media_type);

}  // namespace berth::oci
