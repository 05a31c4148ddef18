#include "image/blob_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/file_io.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kPiece = std::size_t{1} << 20U;

Error truncated(const std::string& path, std::uint64_t at) {
  return Error(ErrorClass::integrity, "source.truncated", path + " is truncated")
      .cause(fmt::format("at byte {}", at));
}

}  // namespace

Error damaged_blob(const std::string& path, std::string cause) {
  return Error(ErrorClass::integrity, "source.blob", path + " contains a damaged blob")
      .cause(std::move(cause));
}

base::Result<std::string> read_extent(const Extent& extent, std::size_t limit) {
  ExtentStream stream(extent);
  return read_text(stream, extent, limit);
}

base::Result<std::string> read_text(http::BodySource& stream, const Extent& extent,
                                    std::size_t limit) {
  if (extent.size > limit)
    return Error(ErrorClass::integrity, "source.too-large",
                 fmt::format("{} contains a document of {} bytes", extent.path, extent.size))
        .cause(fmt::format("the limit is {} bytes", limit));
  std::string text(extent.size, '\0');
  for (std::size_t done = 0; done < text.size();) {
    BERTH_TRY(const auto count, stream.read(std::as_writable_bytes(std::span(text).subspan(done))));
    done += count;
  }
  return text;
}

base::Result<std::size_t> ExtentStream::read(std::span<std::byte> buffer) {
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), extent_.size - position_));
  if (wanted == 0) return std::size_t{0};
  if (extent_.sparse) {
    const auto run = extent_.sparse->run_at(position_);
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, run.size));
    return run.stored_at ? read_stored(buffer.first(length), *run.stored_at)
                         : read_zeros(buffer.first(length));
  }
  return read_stored(buffer.first(wanted), position_);
}

base::Result<std::size_t> ExtentStream::read_zeros(std::span<std::byte> buffer) {
  std::fill(buffer.begin(), buffer.end(), std::byte{0});
  position_ += buffer.size();
  return buffer.size();
}

base::Result<std::size_t> ExtentStream::read_stored(std::span<std::byte> buffer,
                                                    std::uint64_t stored_at) {
  const auto at = extent_.offset + stored_at;
  BERTH_TRY(const auto count, base::read_at(extent_.file->get(), buffer, at, extent_.path));
  if (count == 0) return truncated(extent_.path, at);
  position_ += count;
  return count;
}

bool ExtentStream::rewind() {
  position_ = 0;
  return true;
}

VerifiedStream::VerifiedStream(std::unique_ptr<http::BodySource> inner, std::string place,
                               oci::Digest digest, std::uint64_t size)
    : inner_(std::move(inner)),
      path_(std::move(place)),
      digest_(std::move(digest)),
      size_(size),
      hasher_(digest_.algorithm()) {}

base::Result<std::unique_ptr<VerifiedStream>> VerifiedStream::open(const Extent& extent,
                                                                   oci::Digest digest,
                                                                   std::uint64_t size) {
  if (extent.size != size)
    return damaged_blob(extent.path, fmt::format("{} has {} bytes, {} in its descriptor",
                                                 digest.brief(), extent.size, size));
  // The same descriptor is read again later, so it does not matter if the link changes meanwhile.
  if (extent.outside) BERTH_CHECK(verify_extent(extent, digest));
  return over(std::make_unique<ExtentStream>(extent), extent.path, std::move(digest), size);
}

base::Result<void> verify_extent(const Extent& extent, const oci::Digest& digest) {
  BERTH_TRY(const auto stream, VerifiedStream::over(std::make_unique<ExtentStream>(extent),
                                                    extent.path, digest, extent.size));
  std::vector<std::byte> buffer(kPiece);
  while (true) {
    if (extent.cancellation != nullptr && extent.cancellation->requested())
      return extent.cancellation->error();
    BERTH_TRY(const auto count, stream->read(buffer));
    if (count == 0) return {};
  }
}

base::Result<std::unique_ptr<VerifiedStream>> VerifiedStream::over(
    std::unique_ptr<http::BodySource> inner, std::string place, oci::Digest digest,
    std::uint64_t size) {
  std::unique_ptr<VerifiedStream> stream(
      new VerifiedStream(std::move(inner), std::move(place), std::move(digest), size));
  if (size == 0) BERTH_CHECK(stream->check());
  return stream;
}

base::Result<std::size_t> VerifiedStream::read(std::span<std::byte> buffer) {
  BERTH_TRY(const auto count, inner_->read(buffer));
  if (count == 0) return count;
  hasher_.update(buffer.first(count));
  position_ += count;
  if (position_ == size_) BERTH_CHECK(check());
  return count;
}

base::Result<void> VerifiedStream::check() {
  const auto actual = hasher_.finish();
  if (actual == digest_) return {};
  return damaged_blob(path_,
                      fmt::format("its digest is {}, expected {}", actual.str(), digest_.str()));
}

bool VerifiedStream::rewind() {
  position_ = 0;
  hasher_ = oci::Hasher(digest_.algorithm());
  return inner_->rewind();
}

}  // namespace berth::image
