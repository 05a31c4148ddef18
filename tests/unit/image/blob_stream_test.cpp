#include "image/blob_stream.hpp"

#include <doctest/doctest.h>

#include "base/file_io.hpp"
#include "support/images.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using image::Extent;
using image::VerifiedStream;
using test::TempDir;

namespace {

Extent extent_of(const TempDir& directory, const std::string& bytes) {
  const auto path = directory.write("blob", bytes);
  return {std::make_shared<const platform::UniqueFd>(base::open_for_reading(path).value()), path, 0,
          bytes.size()};
}

oci::Digest digest(const std::string& bytes) { return oci::digest_of(bytes); }

// The whole content, read in pieces of `piece` bytes; the error's code on failure.
std::string drained(http::BodySource& stream, std::size_t piece) {
  std::string all;
  std::string buffer(piece, '\0');
  while (true) {
    const auto count = stream.read(std::as_writable_bytes(std::span(buffer)));
    if (!count) return count.error().code();
    if (*count == 0) return all;
    all += buffer.substr(0, *count);
  }
}

}  // namespace

TEST_CASE("verified stream: returns valid content, also after a rewind") {
  const TempDir directory;
  const std::string bytes = test::noise(10'000, 1);
  const auto stream =
      VerifiedStream::open(extent_of(directory, bytes), digest(bytes), bytes.size()).value();
  CHECK(stream->size() == bytes.size());
  for (const std::size_t piece : {1'000, 10'000, 4'096, 1 << 20}) {
    CHECK(drained(*stream, piece) == bytes);
    REQUIRE(stream->rewind());
  }
  std::byte some[100];
  REQUIRE(stream->read(some).has_value());
  REQUIRE(stream->rewind());
  CHECK(drained(*stream, 999) == bytes);
}

TEST_CASE("verified stream: never returns the last bytes of a blob with a wrong digest") {
  const TempDir directory;
  const std::string bytes = test::noise(10'000, 1);
  const auto stream =
      VerifiedStream::open(extent_of(directory, bytes), digest("other"), bytes.size()).value();
  for (const std::size_t piece : {1, 1'000, 3'000, 10'000, 20'000}) {
    CHECK(drained(*stream, piece) == "source.blob");
    REQUIRE(stream->rewind());
  }
}

TEST_CASE("verified stream: an empty blob must have the digest of empty input") {
  const TempDir directory;
  CHECK(VerifiedStream::open(extent_of(directory, ""), digest("something"), 0).error().code() ==
        "source.blob");
  const auto empty = VerifiedStream::open(extent_of(directory, ""), digest(""), 0).value();
  CHECK(drained(*empty, 10).empty());
}

TEST_CASE("verified stream: rejects a wrong size before the first byte") {
  const TempDir directory;
  for (const std::uint64_t size : {0, 4, 6})
    CHECK(
        VerifiedStream::open(extent_of(directory, "12345"), digest("12345"), size).error().code() ==
        "source.blob");
}

TEST_CASE(
    "verified stream: a file that shrinks is truncated, one that grows is read at its old size") {
  const TempDir directory;
  const std::string bytes = test::noise(10'000, 1);
  const auto open = [&] {
    return VerifiedStream::open(extent_of(directory, bytes), digest(bytes), bytes.size()).value();
  };
  const auto shrinking = open();
  boost::filesystem::resize_file(directory / "blob", 9'999);
  CHECK(drained(*shrinking, 1'000) == "source.truncated");
  const auto growing = open();
  boost::filesystem::resize_file(directory / "blob", 20'000);
  CHECK(drained(*growing, 1'000) == bytes);
}

TEST_CASE("extent: rejects a document above its limit") {
  const TempDir directory;
  CHECK(image::read_extent(extent_of(directory, "12345"), 5).value() == "12345");
  CHECK(image::read_extent(extent_of(directory, "12345"), 4).error().code() == "source.too-large");
}
