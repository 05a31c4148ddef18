#include "image/compressed_layer.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>

#include "http/memory_source.hpp"
#include "oci/hasher.hpp"
#include "push/plan.hpp"
#include "support/compress.hpp"
#include "support/images.hpp"

using namespace berth;
using image::CompressedLayer;
using image::CompressionPool;
using image::RawLayer;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20U;

// Returns bytes in uneven pieces, like files and sockets.
class PieceSource final : public http::MemorySource {
 public:
  using http::MemorySource::MemorySource;
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    return http::MemorySource::read(buffer.first(std::min(buffer.size(), std::size_t{77'777})));
  }
};

RawLayer layer_of(const std::string& tar) {
  return {oci::digest_of(tar), tar.size(), std::nullopt, "a.tar"};
}

std::unique_ptr<CompressedLayer> open(const std::string& bytes, const RawLayer& layer,
                                      CompressionPool& pool, std::size_t window = 4) {
  return std::make_unique<CompressedLayer>(std::make_unique<PieceSource>(bytes), layer, pool,
                                           window);
}

// The whole content; on failure the error's code, and the number of bytes before it.
struct Drained {
  std::string bytes;
  std::string code;
};

Drained drain(http::BodySource& body, std::size_t piece = 300'000) {
  Drained drained;
  std::string buffer(piece, '\0');
  while (true) {
    const auto count = body.read(std::as_writable_bytes(std::span(buffer)));
    if (!count) drained.code = count.error().code();
    if (!count || *count == 0) return drained;
    drained.bytes.append(buffer, 0, *count);
  }
}

// The content inflated by one-shot zlib: one member without a trailer, or "(broken)".
std::string inflated(const std::string& gzipped, std::size_t size) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string bytes(size + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzipped.data()));
  stream.avail_in = static_cast<uInt>(gzipped.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  const int status = inflate(&stream, Z_FINISH);
  const bool whole = status == Z_STREAM_END && stream.avail_in == 0;
  bytes.resize(stream.total_out);
  inflateEnd(&stream);
  return whole ? bytes : "(broken)";
}

// Like tar files: runs of zeros, text, and incompressible bytes.
std::string mixed(std::size_t size) {
  std::string bytes = test::noise(size, 7);
  for (std::size_t at = 0; at + 3'000 < size; at += 9'000)
    std::memset(bytes.data() + at, at % 2 == 0 ? 0 : 'a', 3'000);
  return bytes;
}

}  // namespace

TEST_CASE("compressed layer: one gzip member that zlib inflates to the input, of any size") {
  CompressionPool pool(2);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, 32 * 1024 - std::size_t{1}, std::size_t{32 * 1024},
        32 * 1024 + std::size_t{1}, kMiB - 1, kMiB, kMiB + 1, 3 * kMiB, 5 * kMiB + 12'345}) {
    CAPTURE(size);
    for (const std::string& bytes : {std::string(size, 'x'), test::noise(size, 3), mixed(size)}) {
      const auto layer = open(bytes, layer_of(bytes), pool);
      CHECK_FALSE(layer->size().has_value());
      const auto gzipped = drain(*layer);
      REQUIRE(gzipped.code.empty());
      CHECK(inflated(gzipped.bytes, size) == bytes);
      CHECK(layer->digest() == oci::digest_of(gzipped.bytes));
      CHECK(layer->compressed_size() == gzipped.bytes.size());
      image::RawImage whole{"{}", oci::digest_of("{}"), {}, {layer_of(bytes)}};
      CHECK(gzipped.bytes.size() <=
            push::plan_push(whole, push::ManifestForm::docker).blobs[1].size);
    }
  }
}

TEST_CASE("compressed layer: the output depends only on the input") {
  const std::string bytes = mixed(5 * kMiB + 99);
  std::string first;
  for (const unsigned threads : {1U, 2U, 5U})
    for (const std::size_t window : {0, 2, 3, 100}) {
      CompressionPool pool(threads);
      const auto layer = open(bytes, layer_of(bytes), pool, window);
      const auto gzipped = drain(*layer, 50'000 + 500'000 * window).bytes;
      if (first.empty()) first = gzipped;
      CHECK(gzipped == first);
    }
}

TEST_CASE("compressed layer: returns the same bytes after a rewind at any position") {
  CompressionPool pool(2);
  const std::string bytes = mixed(4 * kMiB);
  const auto layer = open(bytes, layer_of(bytes), pool);
  const auto whole = drain(*layer).bytes;
  const auto digest = layer->digest();
  REQUIRE(layer->rewind());
  std::string some(1'234'567, '\0');
  REQUIRE(layer->read(std::as_writable_bytes(std::span(some))).has_value());
  REQUIRE(layer->rewind());
  CHECK(drain(*layer).bytes == whole);
  CHECK(layer->digest() == digest);
}

TEST_CASE(
    "compressed layer: size and digest are known after the first pass, also during the second") {
  CompressionPool pool(2);
  const std::string bytes = mixed(2 * kMiB);
  const auto layer = open(bytes, layer_of(bytes), pool);
  const auto whole = drain(*layer).bytes;
  REQUIRE(layer->rewind());
  CHECK(layer->size() == whole.size());
  CHECK(layer->digest() == oci::digest_of(whole));
  CHECK(layer->compressed_size() == whole.size());
}

TEST_CASE("compressed layer: fails if the content differs on the second pass") {
  // The same content with another gzip header: only the uploaded bytes differ.
  class ChangingSource final : public http::BodySource {
   public:
    explicit ChangingSource(std::string bytes) : bytes_(std::move(bytes)) {}
    [[nodiscard]] std::optional<std::uint64_t> size() const override { return bytes_.size(); }
    base::Result<std::size_t> read(std::span<std::byte> buffer) override {
      const auto count = std::min(buffer.size(), bytes_.size() - at_);
      std::memcpy(buffer.data(), bytes_.data() + at_, count);
      at_ += count;
      return count;
    }
    bool rewind() override {
      ++bytes_[4];  // the time
      at_ = 0;
      return true;
    }

   private:
    std::string bytes_;
    std::size_t at_ = 0;
  };
  CompressionPool pool(2);
  const std::string bytes = test::noise(kMiB, 5);
  const std::string gzipped = test::gzip(bytes);
  const RawLayer raw{oci::digest_of(bytes), gzipped.size(), image::Compression::gzip, "a.tar"};
  CompressedLayer layer(std::make_unique<ChangingSource>(gzipped), raw, pool, 2);
  REQUIRE(drain(layer).code.empty());
  REQUIRE(layer.rewind());
  const auto again = drain(layer);
  CHECK(again.code == "source.layer-changed");
  CHECK(again.bytes.size() < gzipped.size());
}

TEST_CASE("compressed layer: fails on a flipped byte") {
  CompressionPool pool(2);
  const std::string bytes = mixed(3 * kMiB);
  const auto right = drain(*open(bytes, layer_of(bytes), pool)).bytes;
  for (const std::size_t at : {std::size_t{0}, kMiB - 1, kMiB, bytes.size() - 1}) {
    CAPTURE(at);
    std::string lying = bytes;
    lying[at] = static_cast<char>(lying[at] ^ 1);
    const auto drained = drain(*open(lying, layer_of(bytes), pool));
    CHECK(drained.code == "source.layer");
    CHECK(drained.bytes.size() < right.size());
    CHECK(inflated(drained.bytes, bytes.size()) == "(broken)");
  }
  std::string empty;
  CHECK(drain(*open(empty, {oci::digest_of("x"), 0, std::nullopt, "a.tar"}, pool)).code ==
        "source.layer");
}

TEST_CASE("compressed layer: a source that ends early is truncated") {
  CompressionPool pool(2);
  const std::string bytes = mixed(3 * kMiB);
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, kMiB, 3 * kMiB - 1}) {
    const auto shorter = bytes.substr(0, size);
    CHECK(drain(*open(shorter, layer_of(bytes), pool)).code == "source.truncated");
  }
}

TEST_CASE("compressed layer: returns the same bytes for every input compression") {
  CompressionPool pool;
  // The content ends at the end of a chunk, one byte before it, one after, and elsewhere.
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kMiB - 1, kMiB, kMiB + 1, 2 * kMiB, 3 * kMiB - 7}) {
    CAPTURE(size);
    const std::string bytes = test::noise(size / 2, 3) + std::string(size - size / 2, 'y');
    const auto plain = drain(*open(bytes, layer_of(bytes), pool));
    const auto packed_as = [&](const std::string& packed, image::Compression compression) {
      return drain(
          *open(packed, {oci::digest_of(bytes), packed.size(), compression, "a.tar"}, pool));
    };
    for (const auto& drained : {packed_as(test::zstd(bytes), image::Compression::zstd),
                                packed_as(test::xz(bytes), image::Compression::xz),
                                packed_as(test::bzip2(bytes), image::Compression::bzip2),
                                packed_as(test::lzma(bytes), image::Compression::lzma)}) {
      CHECK(drained.code.empty());
      CHECK(drained.bytes == plain.bytes);
    }
  }
}

TEST_CASE("compressed layer: fails on a damaged, truncated or different compressed layer") {
  CompressionPool pool;
  const std::string bytes = test::noise(3 * kMiB / 2, 4);
  const auto packed = test::zstd(bytes);
  const auto code = [&](const std::string& stored, const std::string& content) {
    const RawLayer raw{oci::digest_of(content), stored.size(), image::Compression::zstd, "a.tar"};
    return drain(*open(stored, raw, pool)).code;
  };
  CHECK(code(packed, bytes).empty());
  CHECK(code(packed, bytes + "x") == "source.layer");
  CHECK(code(packed.substr(0, packed.size() - 1), bytes) == "source.truncated");
  CHECK(code(packed + packed, bytes) == "source.layer");
  auto layer =
      open(packed, {oci::digest_of(bytes), packed.size(), image::Compression::zstd, "a.tar"}, pool);
  const auto first = drain(*layer).bytes;
  REQUIRE(layer->rewind());
  CHECK(drain(*layer).bytes == first);
}

TEST_CASE("compressed layer: uploads a gzipped layer unchanged after its content is verified") {
  CompressionPool pool(2);
  const std::string bytes = mixed(3 * kMiB);
  const std::string first = test::gzip(bytes.substr(0, kMiB));
  const std::string second = test::gzip(bytes.substr(kMiB));
  const auto passed = [&](const std::string& gzipped, const std::string& content,
                          std::size_t size) {
    return drain(
        *open(gzipped, {oci::digest_of(content), size, image::Compression::gzip, "a.tar"}, pool));
  };
  const std::string whole = test::gzip(bytes);
  CHECK(passed(whole, bytes, whole.size()).bytes == whole);
  CHECK(passed(first + second, bytes, first.size() + second.size()).bytes == first + second);
  const auto lying = passed(whole, "other", whole.size());
  CHECK(lying.code == "source.layer");
  CHECK(lying.bytes.size() < whole.size());
  const auto cut = whole.substr(0, whole.size() - 3);
  CHECK(passed(cut, bytes, cut.size()).code == "source.truncated");
  CHECK(passed(cut, bytes, whole.size()).code == "source.truncated");
  for (const std::string& after : {std::string(512, '\0'), std::string("x")}) {
    const auto trailing = passed(whole + after, bytes, whole.size() + after.size());
    CHECK(trailing.code == "source.not-gzip");  // no runtime supports it
    CHECK(trailing.bytes.size() < whole.size() + after.size());
  }
  std::string broken = whole;
  broken[whole.size() - 6] = static_cast<char>(broken[whole.size() - 6] ^ 1);
  CHECK(passed(broken, bytes, whole.size()).code == "source.not-gzip");
}

TEST_CASE("compressed layer: may be destroyed while its chunks are queued") {
  CompressionPool pool(1);
  const std::string bytes = mixed(8 * kMiB);
  const auto survivor = open(bytes, layer_of(bytes), pool);
  for (int i = 0; i < 5; ++i) {
    const auto layer = open(bytes, layer_of(bytes), pool, 8);
    std::byte some[64];
    REQUIRE(layer->read(some).has_value());
  }
  CHECK(inflated(drain(*survivor).bytes, bytes.size()) == bytes);
}
