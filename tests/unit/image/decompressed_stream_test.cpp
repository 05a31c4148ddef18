#include "image/decompressed_stream.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "http/memory_source.hpp"
#include "support/compress.hpp"
#include "support/images.hpp"

using namespace berth;
using image::Compression;
using image::DecompressedStream;

namespace {

// Pieces with arbitrary boundaries.
class SmallPieces final : public http::MemorySource {
 public:
  SmallPieces(std::string bytes, std::size_t piece)
      : http::MemorySource(std::move(bytes)), piece_(piece) {}
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    return http::MemorySource::read(buffer.first(std::min(buffer.size(), piece_)));
  }

 private:
  std::size_t piece_;
};

struct Read {
  std::string bytes;
  std::string code;  // of the error that ended it
};

Read read_stream(http::BodySource& stream, std::size_t piece = 100'000) {
  Read result;
  std::string buffer(piece, '\0');
  while (true) {
    const auto count = stream.read(std::as_writable_bytes(std::span(buffer)));
    if (!count) result.code = count.error().code();
    if (!count || *count == 0) return result;
    result.bytes.append(buffer, 0, *count);
  }
}

Read decompressed(const std::string& bytes, Compression compression, std::size_t piece = 70'001) {
  DecompressedStream stream(std::make_unique<SmallPieces>(bytes, piece), compression, "it");
  return read_stream(stream);
}

struct Format {
  Compression compression;
  std::string (*pack)(const std::string&);
};

std::string zstd_of(const std::string& bytes) { return test::zstd(bytes); }

constexpr Format kFormats[] = {{Compression::gzip, test::gzip},
                               {Compression::zstd, zstd_of},
                               {Compression::xz, test::xz},
                               {Compression::lzma, test::lzma},
                               {Compression::bzip2, test::bzip2}};

std::string content() {
  return test::noise(150'000, 1) + std::string(500'000, 'x') + test::noise(50'000, 2);
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

}  // namespace

TEST_CASE("decompressed stream: every format, in pieces of any size, and again after a rewind") {
  for (const auto& format : kFormats) {
    CAPTURE(image::compression_name(format.compression));
    const auto packed = format.pack(content());
    CHECK(image::detect_compression(bytes_of(packed)) == format.compression);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{4093}, packed.size()}) {
      DecompressedStream stream(std::make_unique<SmallPieces>(packed, piece), format.compression,
                                "it");
      std::byte some[1000];
      REQUIRE(stream.read(some).value() > 0);
      REQUIRE(stream.rewind());
      const auto read = read_stream(stream, piece == 1 ? 64 : 300'000);
      CHECK(read.code.empty());
      CHECK(read.bytes == content());
    }
    CHECK(decompressed(format.pack(""), format.compression).code.empty());
  }
}

TEST_CASE("decompressed stream: members that follow one another are one stream") {
  for (const auto& format : kFormats) {
    if (format.compression == Compression::lzma) continue;  // has no members
    CAPTURE(image::compression_name(format.compression));
    const auto three = format.pack("one") + format.pack("") + format.pack(content());
    for (const std::size_t piece : {std::size_t{1}, std::size_t{100'000}}) {
      const auto read = decompressed(three, format.compression, piece);
      CHECK(read.code.empty());
      CHECK(read.bytes == "one" + content());
    }
  }
  // pzstd writes a skippable frame before each frame.
  const std::string skippable("\x50\x2a\x4d\x18\x04\0\0\0abcd", 12);
  CHECK(image::detect_compression(bytes_of(skippable)) == Compression::zstd);
  CHECK(
      decompressed(skippable + test::zstd("one") + skippable + test::zstd("two"), Compression::zstd)
          .bytes == "onetwo");
  // Padding between streams: The .xz File Format, 2.2.
  CHECK(decompressed(test::xz("one") + std::string(8, '\0') + test::xz("two"), Compression::xz)
            .bytes == "onetwo");
}

TEST_CASE("decompressed stream: ignores what follows the last member, as gzip does") {
  for (const auto& format : kFormats) {
    CAPTURE(image::compression_name(format.compression));
    for (const std::string& trailing :
         {std::string(1000, '\0'), std::string("trailing"), std::string("\0x", 2)}) {
      const auto read = decompressed(format.pack("one") + trailing, format.compression, 7);
      CHECK(read.code.empty());
      CHECK(read.bytes == "one");
    }
  }
}

TEST_CASE(
    "decompressed stream: reports a stream that is cut off once all before the cut was read") {
  for (const auto& format : kFormats) {
    CAPTURE(image::compression_name(format.compression));
    const auto packed = format.pack(content());
    const auto half = decompressed(packed.substr(0, packed.size() / 2), format.compression);
    CHECK(half.code == "source.truncated");
    CHECK(content().starts_with(half.bytes));
    // Even if only the trailer is missing.
    CHECK(decompressed(packed.substr(0, packed.size() - 1), format.compression).code ==
          "source.truncated");
    CHECK(decompressed("", format.compression).code == "source.truncated");
  }
}

TEST_CASE("decompressed stream: reports a damaged stream, by the name of its format") {
  for (const auto& format : kFormats) {
    const std::string name(image::compression_name(format.compression));
    CAPTURE(name);
    auto packed = format.pack(content());
    for (std::size_t i = packed.size() / 3; i < packed.size() / 3 + 64; ++i)
      packed[i] = static_cast<char>(~packed[i]);
    // zstd(1) and lzma(1) store no checksum by default.
    const auto read = decompressed(packed, format.compression);
    const bool has_checksum =
        format.compression != Compression::zstd && format.compression != Compression::lzma;
    if (has_checksum || !read.code.empty()) CHECK(read.code == "source.not-" + name);
    CHECK(read.bytes != content());
    CHECK(decompressed("this is something else entirely", format.compression).code ==
          "source.not-" + name);
  }
}

TEST_CASE(
    "decompressed stream: refuses a window that needs too much memory, with the option that allows "
    "it") {
  const auto packed = test::zstd(content(), 28);
  DecompressedStream stream(std::make_unique<SmallPieces>(packed, 1000), Compression::zstd, "it");
  std::byte some[1000];
  const auto read = stream.read(some);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code() == "source.window");
  CHECK(read.error().error_class() == base::ErrorClass::usage);
  CHECK(read.error().fix().find("zstd -dc --long=31") != std::string::npos);
  CHECK(decompressed(test::zstd(content(), 27), Compression::zstd).bytes == content());
}

TEST_CASE("decompress_all: what is compressed twice, or not at all") {
  const auto read = [](const std::string& bytes) {
    auto stream = image::decompress_all(std::make_unique<SmallPieces>(bytes, 5), {"it"});
    return stream ? read_stream(**stream) : Read{"", stream.error().code()};
  };
  CHECK(read("plain").bytes == "plain");
  CHECK(read("").bytes.empty());
  CHECK(read(test::gzip(test::gzip("twice"))).bytes == "twice");
  CHECK(read(test::gzip(test::xz(test::zstd("three times")))).bytes == "three times");
  CHECK(read(test::gzip(test::gzip("cut")).substr(0, 30)).code == "source.truncated");
}

TEST_CASE("decompress_all: names a format that it does not read, and the command that unpacks it") {
  struct Unsupported {
    std::string head;
    const char* name;
    const char* command;
  };
  const Unsupported cases[] = {
      {std::string("\x04\x22\x4d\x18", 4), "lz4",
       "lz4 -dc a.tar.x | berth push docker-archive:- DESTINATION"},
      {"LZIP\x01", "lzip", "lzip -dc a.tar.x | berth push docker-archive:- DESTINATION"},
      {std::string("\x1f\x9d\x90", 3), "compress",
       "gzip -dc a.tar.x | berth push docker-archive:- DESTINATION"},
      {std::string("PK\x03\x04", 4), "zip",
       "unzip -p a.tar.x | berth push docker-archive:- DESTINATION"},
      {test::gzip("7z\xbc\xaf\x27\x1c"), "7-Zip",
       "7z x -so a.tar.x | berth push docker-archive:- DESTINATION"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    const auto stream =
        image::decompress_all(std::make_unique<SmallPieces>(one.head + std::string(100, 'x'), 50),
                              {"a.tar.x", "a.tar.x", "docker-archive"});
    REQUIRE_FALSE(stream.has_value());
    CHECK(stream.error().code() == "source.compression");
    CHECK(stream.error().error_class() == base::ErrorClass::usage);
    CHECK(stream.error().cause().find(one.name) != std::string::npos);
    CHECK(stream.error().fix() == one.command);
  }
}

TEST_CASE("compression: a tar archive is not taken for a compressed file") {
  for (const char* name : {"BZh9", "]", "PK", "sha256:abc", "LZ"}) {
    CAPTURE(name);
    const auto tar = test::tar_of({{name, "x"}});
    CHECK_FALSE(image::detect_compression(bytes_of(tar)).has_value());
    CHECK_FALSE(image::detect_unsupported(bytes_of(tar)).has_value());
  }
}
