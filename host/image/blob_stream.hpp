// Streams over parts of a file, with pread(2): several may read one descriptor in parallel.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/cancellation.hpp"
#include "http/message.hpp"
#include "image/sparse_map.hpp"
#include "oci/hasher.hpp"
#include "platform/unique_fd.hpp"

namespace berth::image {

// A range of bytes in an open file. `file` is shared by all extents of an archive, whose lifetimes
// differ.
struct Extent {
  std::shared_ptr<const platform::UniqueFd> file;
  std::string path;  // for errors
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  // The file is outside of the layout that links to it, so it may be any of the user's files. A
  // stream of it verifies all of it before it returns the first byte.
  bool outside = false;
  const base::Cancellation* cancellation = nullptr;  // stops that verification; may be nullptr
  // If set, `size` is the map's file size, and only its stored bytes are at `offset`.
  std::shared_ptr<const SparseMap> sparse = {};
};

// Reads the whole extent; more than `limit` bytes is class integrity, code "source.too-large".
base::Result<std::string> read_extent(const Extent& extent, std::size_t limit);
// The same from `stream`, which yields the extent's bytes.
base::Result<std::string> read_text(http::BodySource& stream, const Extent& extent,
                                    std::size_t limit);

class ExtentStream final : public http::BodySource {
 public:
  explicit ExtentStream(Extent extent) : extent_(std::move(extent)) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return extent_.size; }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override;
  bool rewind() override;

 private:
  base::Result<std::size_t> read_stored(std::span<std::byte> buffer, std::uint64_t stored_at);
  base::Result<std::size_t> read_zeros(std::span<std::byte> buffer);

  Extent extent_;
  std::uint64_t position_ = 0;
};

// Returns the error for a blob whose bytes do not match its name or descriptor.
base::Error damaged_blob(const std::string& path, std::string cause);

// Reads and hashes the whole extent. Class integrity, code "source.blob".
base::Result<void> verify_extent(const Extent& extent, const oci::Digest& digest);

// Hashes the bytes that it passes on. The last bytes are passed on only if size and digest match,
// so a blob with other content never completes. Class integrity, code "source.blob".
class VerifiedStream final : public http::BodySource {
 public:
  // `size` is the descriptor's. An empty blob is verified at once, because it is never read; so is
  // one outside of its layout, before any of its bytes are returned.
  static base::Result<std::unique_ptr<VerifiedStream>> open(const Extent& extent,
                                                            oci::Digest digest, std::uint64_t size);
  // The same for bytes from another source, named `place` in errors.
  static base::Result<std::unique_ptr<VerifiedStream>> over(std::unique_ptr<http::BodySource> inner,
                                                            std::string place, oci::Digest digest,
                                                            std::uint64_t size);

  [[nodiscard]] std::optional<std::uint64_t> size() const override { return size_; }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override;
  bool rewind() override;

 private:
  VerifiedStream(std::unique_ptr<http::BodySource> inner, std::string place, oci::Digest digest,
                 std::uint64_t size);
  base::Result<void> check();

  std::unique_ptr<http::BodySource> inner_;
  std::string path_;
  oci::Digest digest_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
  oci::Hasher hasher_;
};

}  // namespace berth::image
