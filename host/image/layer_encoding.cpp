#include "image/layer_encoding.hpp"

#include <charconv>

namespace berth::image {
namespace {

std::optional<Encoding> parse_zstd(std::string_view level_text) {
  Encoding encoding{.codec = Codec::zstd};
  const auto* end = level_text.data() + level_text.size();
  const auto parsed = std::from_chars(level_text.data(), end, encoding.level);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  if (encoding.level < 1 || encoding.level > kMaxZstdLevel) return std::nullopt;
  return encoding;
}

}  // namespace

std::optional<Encoding> parse_encoding(std::string_view text) {
  constexpr std::string_view kZstdLevel = "zstd:";
  if (text == "gzip" || text == "gzip:fast") return Encoding{.codec = Codec::gzip_fast};
  if (text == "gzip:small") return Encoding{.codec = Codec::gzip_small};
  if (text == "zstd") return Encoding{.codec = Codec::zstd};
  if (text == "keep") return Encoding{.codec = Codec::keep};
  if (text.starts_with(kZstdLevel)) return parse_zstd(text.substr(kZstdLevel.size()));
  return std::nullopt;
}

bool passes_through(const Encoding& encoding, const RawLayer& layer) {
  return layer.compression == Compression::gzip && encoding.codec != Codec::zstd;
}

BlobFormat blob_format(const Encoding& encoding, const RawLayer& layer) {
  if (encoding.codec == Codec::zstd) return BlobFormat::zstd;
  return encoding.codec == Codec::keep && !passes_through(encoding, layer) ? BlobFormat::tar
                                                                           : BlobFormat::gzip;
}

std::optional<oci::Digest> digest_in_advance(const Encoding& encoding, const RawLayer& layer) {
  if (encoding.codec != Codec::keep || layer.compression ||
      layer.diff_id.algorithm() != oci::Algorithm::sha256)
    return std::nullopt;
  return layer.diff_id;
}

std::uint64_t size_bound(const Encoding& encoding, const RawLayer& layer) {
  const bool keeps = encoding.codec == Codec::keep;
  if (passes_through(encoding, layer) || (keeps && !layer.compression)) return layer.size;
  if (keeps) return layer.size * 3;
  // Deflate and zstd add stored blocks, and sync flushes or block headers. Another compression may
  // be denser.
  const auto size = layer.compression ? layer.size + layer.size / 2 : layer.size;
  return size + size / 1024 + 4096;
}

}  // namespace berth::image
