// Encoding: how a push compresses the layers of an image whose manifest berth creates, as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "image/compression.hpp"
#include "image/source.hpp"

namespace berth::image {

enum class Codec {
  gzip_fast,   // ISA-L
  gzip_small,  // zlib: smaller, and slower by an order of magnitude
  zstd,        // requires OCI manifests
  keep,        // layers are uploaded uncompressed
};

inline constexpr int kMaxZstdLevel =
    19;  // the levels above need windows of more than 8 MiB (RFC 8878, 3.1.1.1.2)

struct Encoding {
  Codec codec = Codec::gzip_fast;
  int level = 3;  // of zstd, 1 to kMaxZstdLevel

  bool operator==(const Encoding&) const = default;
};

// Parses "gzip", "gzip:fast", "gzip:small", "zstd", "zstd:LEVEL" or "keep"; std::nullopt for
// anything else.
std::optional<Encoding> parse_encoding(std::string_view text);

// Format of a layer's blob.
enum class BlobFormat { tar, gzip, zstd };

// Whether the layer's stored bytes are its blob, once their decompressed content is verified: a
// gzip layer, unless zstd is chosen. All other compressed layers are decompressed first.
bool passes_through(const Encoding& encoding, const RawLayer& layer);
BlobFormat blob_format(const Encoding& encoding, const RawLayer& layer);

// The blob's digest if it is known before the layer is read: an uncompressed layer that is kept.
std::optional<oci::Digest> digest_in_advance(const Encoding& encoding, const RawLayer& layer);

// Upper bound for the blob's size; only an estimate for a layer that is decompressed first. Exact
// if the bytes of the layer are uploaded unchanged.
std::uint64_t size_bound(const Encoding& encoding, const RawLayer& layer);

}  // namespace berth::image
