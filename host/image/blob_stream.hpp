// Streams over a part of a file, by pread: several may read one descriptor at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/cancellation.hpp"
#include "base/unique_fd.hpp"
#include "http/message.hpp"
#include "oci/hasher.hpp"

namespace berth::image {

// A run of bytes in an open file; `file` is shared by all extents of one archive, which end at different times.
struct Extent {
  std::shared_ptr<const base::UniqueFd> file;
  std::string path;  // for errors
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  // The file is outside of the layout that has it: it may be any file of the user's. A stream of it is verified as a
  // whole before it returns the first byte.
  bool outside = false;
  const base::Cancellation* cancellation = nullptr;  // ends that; may be nullptr
};

// The whole extent as text; more than `limit` bytes is class integrity, code "source.too-large".
base::Result<std::string> read_extent(const Extent& extent, std::size_t limit);
// The same through `stream`, which yields the extent's bytes.
base::Result<std::string> read_text(http::BodySource& stream, const Extent& extent, std::size_t limit);

class ExtentStream final : public http::BodySource {
 public:
  explicit ExtentStream(Extent extent) : extent_(std::move(extent)) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return extent_.size; }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override;
  bool rewind() override;

 private:
  Extent extent_;
  std::uint64_t position_ = 0;
};

// A blob whose bytes are not what its name or its descriptor says.
base::Error damaged_blob(const std::string& path, std::string cause);

// Returns once all of the extent was read and hashed. Class integrity, code "source.blob".
base::Result<void> verify_extent(const Extent& extent, const oci::Digest& digest);

// Hashes what it hands on. The last bytes are handed on only when size and digest are right: a lying blob never
// completes. Class integrity, code "source.blob".
class VerifiedStream final : public http::BodySource {
 public:
  // `size` is the descriptor's. An empty blob is verified here, because it is never read; so is one that is outside of
  // its layout, before any of its bytes are returned.
  static base::Result<std::unique_ptr<VerifiedStream>> open(const Extent& extent, oci::Digest digest,
                                                            std::uint64_t size);
  // The same of bytes that come from elsewhere, `place` for errors.
  static base::Result<std::unique_ptr<VerifiedStream>> over(std::unique_ptr<http::BodySource> inner, std::string place,
                                                            oci::Digest digest, std::uint64_t size);

  [[nodiscard]] std::optional<std::uint64_t> size() const override { return size_; }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override;
  bool rewind() override;

 private:
  VerifiedStream(std::unique_ptr<http::BodySource> inner, std::string place, oci::Digest digest, std::uint64_t size);
  base::Result<void> check();

  std::unique_ptr<http::BodySource> inner_;
  std::string path_;
  oci::Digest digest_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
  oci::Hasher hasher_;
};

}  // namespace berth::image
