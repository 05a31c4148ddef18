// Manifest and Index: parsed from bytes that are kept and sent unchanged, never serialised again.
// Values. Unknown fields and media types are kept, because the bytes are; optional fields may be
// missing or null. Not stricter than registries: what berth does not need is not checked. Source:
// OCI image-spec 1.1, manifest.md and image-index.md; Docker image manifest V2, schema 2; the
// artifact manifests of OCI 1.1 release candidates and of ORAS ("blobs" instead of "layers").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "oci/descriptor.hpp"

namespace berth::oci {

// Registries accept at least 4 MiB (OCI distribution-spec 1.1, "Pushing manifests"). Larger
// manifests are rejected here.
inline constexpr std::size_t kManifestLimit = std::size_t{4} << 20U;

struct Manifest {
  std::string bytes;
  std::string media_type;
  Digest digest;                     // sha256 of the bytes
  std::optional<Descriptor> config;  // std::nullopt in artifact manifests
  std::vector<Descriptor> layers;    // or the blobs of an artifact manifest
  std::optional<Descriptor> subject;
  std::string artifact_type;  // empty if absent
};

struct Index {
  std::string bytes;
  std::string media_type;
  Digest digest;  // sha256 of the bytes
  std::vector<Descriptor> manifests;
};

using Document = std::variant<Manifest, Index>;

// Parses a manifest or an index. `media_type` comes from the descriptor or the Content-Type header.
// The document's own mediaType takes precedence: registries compare it with the Content-Type of a
// push. Without both, the members decide. Class integrity, codes "manifest.…": not a manifest or
// index, or one that two readers could interpret differently. Class validation: "manifest.schema1"
// (Docker schema 1), "manifest.schema-version", "manifest.too-large", "descriptor.algorithm".
base::Result<Document> parse_document(std::string bytes, std::string_view media_type);
// The same for one kind of document; the other kind is class integrity, code "manifest.media-type".
base::Result<Manifest> parse_manifest(std::string bytes, std::string_view media_type);
base::Result<Index> parse_index(std::string bytes, std::string_view media_type);

}  // namespace berth::oci
