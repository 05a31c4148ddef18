// The encoders of layers: what their blobs are, that only the input decides their bytes, and what
// never completes.
#include <doctest/doctest.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "http/memory_source.hpp"
#include "image/compressed_layer.hpp"
#include "image/encoder_identity.hpp"
#include "oci/hasher.hpp"
#include "support/compress.hpp"
#include "support/images.hpp"

using namespace berth;
using image::Codec;
using image::CompressedLayer;
using image::CompressionPool;
using image::Encoding;
using image::RawLayer;

namespace {

constexpr std::size_t kEncodedMiB = std::size_t{1} << 20U;
constexpr Encoding kSmall{.codec = Codec::gzip_small};
constexpr Encoding kKeep{.codec = Codec::keep};
const std::vector<Encoding> kAll{{}, kSmall, {.codec = Codec::zstd, .level = 3}, kKeep};

Encoding zstd_of(int level) { return {.codec = Codec::zstd, .level = level}; }

RawLayer raw_of(const std::string& tar) {
  return {oci::digest_of(tar), tar.size(), std::nullopt, "a.tar"};
}

struct Blob {
  std::string bytes;
  std::string code;  // of the error that ended the reading
};

Blob encoded_bytes(http::BodySource& body, std::size_t piece = 300'000) {
  Blob blob;
  std::string buffer(piece, '\0');
  while (true) {
    const auto count = body.read(std::as_writable_bytes(std::span(buffer)));
    if (!count) blob.code = count.error().code();
    if (!count || *count == 0) return blob;
    blob.bytes.append(buffer, 0, *count);
  }
}

struct Encoder {
  CompressionPool pool{2};

  std::unique_ptr<CompressedLayer> open(const std::string& stored, const RawLayer& layer,
                                        const Encoding& encoding) {
    return std::make_unique<CompressedLayer>(std::make_unique<http::MemorySource>(stored), layer,
                                             pool, 4, encoding);
  }
  Blob encode(const std::string& tar, const Encoding& encoding) {
    return encoded_bytes(*open(tar, raw_of(tar), encoding));
  }
};

// The content of one gzip member, or "(broken)".
std::string one_member(const std::string& gzipped, std::size_t size) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string bytes(size + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzipped.data()));
  stream.avail_in = static_cast<uInt>(gzipped.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  const bool whole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0;
  bytes.resize(stream.total_out);
  inflateEnd(&stream);
  return whole ? bytes : "(broken)";
}

// The content of one zstd frame with a window of at most 8 MiB, or "(broken)".
std::string one_frame(const std::string& packed, std::size_t size) {
  if (ZSTD_findFrameCompressedSize(packed.data(), packed.size()) != packed.size())
    return "(broken)";
  std::string bytes(size + 1, '\0');
  auto* context = ZSTD_createDCtx();
  ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 23);
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  ZSTD_outBuffer out{bytes.data(), bytes.size(), 0};
  std::size_t status = 1;
  while (status != 0 && ZSTD_isError(status) == 0 && in.pos < in.size) {
    status = ZSTD_decompressStream(context, &out, &in);
  }
  ZSTD_freeDCtx(context);
  bytes.resize(out.pos);
  return status == 0 ? bytes : "(broken)";
}

std::string content_of(const std::string& blob, const Encoding& encoding, std::size_t size) {
  if (encoding.codec == Codec::keep) return blob;
  return encoding.codec == Codec::zstd ? one_frame(blob, size) : one_member(blob, size);
}

// Like tar files: runs of zeros, text, and incompressible bytes.
std::string mixed_bytes(std::size_t size) {
  std::string bytes = test::noise(size, 7);
  for (std::size_t at = 0; at + 3'000 < size; at += 9'000)
    std::memset(bytes.data() + at, at % 2 == 0 ? 0 : 'a', 3'000);
  return bytes;
}

}  // namespace

TEST_CASE("encoding: values of the option") {
  CHECK(image::parse_encoding("gzip") == Encoding{});
  CHECK(image::parse_encoding("gzip:fast") == Encoding{});
  CHECK(image::parse_encoding("gzip:small") == kSmall);
  CHECK(image::parse_encoding("zstd") == zstd_of(3));
  CHECK(image::parse_encoding("zstd:1") == zstd_of(1));
  CHECK(image::parse_encoding("zstd:19") == zstd_of(19));
  CHECK(image::parse_encoding("keep") == kKeep);
  for (const auto* text : {"", "GZIP", "gzip:", "gzip:6", "zstd:", "zstd:0", "zstd:20", "zstd:-1",
                           "zstd:3x", "zstd: 3", "keep:1", "none", "lz4"}) {
    CAPTURE(text);
    CHECK_FALSE(image::parse_encoding(text));
  }
}

TEST_CASE("encoders: one member or frame with the input, within the bound, of any size") {
  Encoder encoder;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kEncodedMiB - 1, kEncodedMiB,
                                 kEncodedMiB + 1, 3 * kEncodedMiB + 12'345})
    for (const std::string& bytes :
         {std::string(size, 'x'), test::noise(size, 3), mixed_bytes(size)})
      for (const auto& encoding : kAll) {
        CAPTURE(size);
        CAPTURE(static_cast<int>(encoding.codec));
        const auto layer = encoder.open(bytes, raw_of(bytes), encoding);
        const auto blob = encoded_bytes(*layer);
        REQUIRE(blob.code.empty());
        CHECK(content_of(blob.bytes, encoding, size) == bytes);
        CHECK(layer->digest() == oci::digest_of(blob.bytes));
        CHECK(layer->compressed_size() == blob.bytes.size());
        CHECK(layer->source_position() == size);
        CHECK(blob.bytes.size() <= image::size_bound(encoding, raw_of(bytes)));
        const auto digest = image::digest_in_advance(encoding, raw_of(bytes));
        CHECK(digest.has_value() == (encoding == kKeep));
        if (digest) CHECK(*digest == layer->digest());
      }
}

TEST_CASE("encoders: the number of threads, the window and the reader do not change the bytes") {
  const std::string bytes = mixed_bytes(6 * kEncodedMiB + 99);
  for (const auto& encoding : {kSmall, zstd_of(1), zstd_of(3), zstd_of(19)}) {
    CAPTURE(encoding.level);
    std::string first;
    for (const unsigned threads : {1U, 2U, 4U}) {
      CompressionPool pool(threads);
      CompressedLayer layer(std::make_unique<http::MemorySource>(bytes), raw_of(bytes), pool,
                            2 + threads, encoding);
      const auto blob = encoded_bytes(layer, 10'000 + 400'000 * threads).bytes;
      if (first.empty()) first = blob;
      CHECK(blob == first);
    }
    CHECK(content_of(first, encoding, bytes.size()) == bytes);
  }
}

TEST_CASE("encoders: each has its own bytes and its own identity") {
  Encoder encoder;
  const std::string bytes = mixed_bytes(kEncodedMiB) + std::string(kEncodedMiB, 'y');
  std::set<std::string> blobs;
  std::set<std::string> identities;
  for (const auto& encoding : {Encoding{}, kSmall, zstd_of(1), zstd_of(3), zstd_of(9), kKeep}) {
    blobs.insert(encoder.encode(bytes, encoding).bytes);
    identities.insert(image::encoder_identity(encoding));
    CHECK(image::encoder_identity(encoding) == image::encoder_identity(encoding));
  }
  CHECK(blobs.size() == 6);
  CHECK(identities.size() == 6);
  CHECK(image::encoder_identity(kKeep).empty());
}

TEST_CASE("encoders: the same bytes after a rewind at any position") {
  Encoder encoder;
  const std::string bytes = mixed_bytes(4 * kEncodedMiB);
  for (const auto& encoding : kAll) {
    const auto layer = encoder.open(bytes, raw_of(bytes), encoding);
    const auto whole = encoded_bytes(*layer).bytes;
    REQUIRE(layer->rewind());
    std::string some(1'234'567, '\0');
    REQUIRE(layer->read(std::as_writable_bytes(std::span(some))).has_value());
    REQUIRE(layer->rewind());
    CHECK(layer->size() == whole.size());
    CHECK(encoded_bytes(*layer).bytes == whole);
  }
}

TEST_CASE("encoders: a layer with one changed byte, or that ends early, never completes") {
  Encoder encoder;
  const std::string bytes = mixed_bytes(2 * kEncodedMiB + 500);
  for (const auto& encoding : kAll) {
    CAPTURE(static_cast<int>(encoding.codec));
    const auto right = encoder.encode(bytes, encoding).bytes;
    for (const std::size_t at : {std::size_t{0}, kEncodedMiB, bytes.size() - 1}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ 1);
      const auto blob = encoded_bytes(*encoder.open(damaged, raw_of(bytes), encoding));
      CHECK(blob.code == "source.layer");
      CHECK(blob.bytes.size() < right.size());
      CHECK(content_of(blob.bytes, encoding, bytes.size()) != bytes);
    }
    CHECK(encoded_bytes(*encoder.open(bytes.substr(0, kEncodedMiB + 1), raw_of(bytes), encoding))
              .code == "source.truncated");
  }
}

TEST_CASE(
    "encoders: compressed layers: gzip passes through, except to zstd; others are encoded as if "
    "uncompressed") {
  Encoder encoder;
  const std::string bytes = mixed_bytes(kEncodedMiB + 77);
  const auto encoded = [&](const std::string& packed, image::Compression compression,
                           const Encoding& encoding) {
    const RawLayer layer{oci::digest_of(bytes), packed.size(), compression, "a.tar"};
    return encoded_bytes(*encoder.open(packed, layer, encoding)).bytes;
  };
  const auto gzipped = test::gzip(bytes);
  for (const auto& encoding : kAll) {
    const auto plain = encoder.encode(bytes, encoding).bytes;
    const bool passes = encoding.codec != Codec::zstd;
    CHECK(encoded(gzipped, image::Compression::gzip, encoding) == (passes ? gzipped : plain));
    CHECK(encoded(test::zstd(bytes), image::Compression::zstd, encoding) == plain);
    CHECK(encoded(test::xz(bytes), image::Compression::xz, encoding) == plain);
  }
}

TEST_CASE(
    "encoders: one read does not go through a whole layer of zeros, since a push is cancelled "
    "between two") {
  Encoder encoder;
  const std::string zeros(160 * kEncodedMiB, '\0');
  for (const auto& encoding : {Encoding{}, zstd_of(1)}) {
    const auto layer = encoder.open(zeros, raw_of(zeros), encoding);
    std::string buffer(2 * kEncodedMiB, '\0');
    const auto count = layer->read(std::as_writable_bytes(std::span(buffer)));
    REQUIRE(count);
    CHECK(*count > 0);
    CHECK(layer->source_position() < 80 * kEncodedMiB);
    CHECK(encoded_bytes(*layer).code.empty());
  }
}

TEST_CASE("encoders: a layer may be destroyed at any time") {
  Encoder encoder;
  const std::string bytes = mixed_bytes(8 * kEncodedMiB);
  for (const auto& encoding : kAll)
    for (const std::size_t size : {std::size_t{1}, kEncodedMiB}) {
      const auto layer = encoder.open(bytes, raw_of(bytes), encoding);
      std::string some(size, '\0');
      REQUIRE(layer->read(std::as_writable_bytes(std::span(some))).has_value());
    }
}
