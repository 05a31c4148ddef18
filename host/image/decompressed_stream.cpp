#include "image/decompressed_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "image/make_decompressor.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kInputSize = std::size_t{256} << 10U;
constexpr int kMaxNesting = 3;

// A stream whose first bytes can be read in advance.
class PeekedStream final : public http::BodySource {
 public:
  explicit PeekedStream(std::unique_ptr<http::BodySource> inner) : inner_(std::move(inner)) {}

  base::Result<std::span<const std::byte>> peek(std::size_t size) {
    head_.resize(size);
    std::size_t filled = 0;
    while (filled < size) {
      BERTH_TRY(const auto count, inner_->read(std::span(head_).subspan(filled)));
      if (count == 0) break;
      filled += count;
    }
    head_.resize(filled);
    return std::span<const std::byte>(head_);
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return inner_->size(); }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (position_ == head_.size()) return inner_->read(buffer);
    const auto count = std::min(buffer.size(), head_.size() - position_);
    std::memcpy(buffer.data(), head_.data() + position_, count);
    position_ += count;
    return count;
  }
  bool rewind() override {
    head_.clear();
    position_ = 0;
    return inner_->rewind();
  }

 private:
  std::unique_ptr<http::BodySource> inner_;
  std::vector<std::byte> head_;
  std::size_t position_ = 0;
};

}  // namespace

DecompressedStream::DecompressedStream(std::unique_ptr<http::BodySource> inner,
                                       Compression compression, std::string name)
    : inner_(std::move(inner)),
      compression_(compression),
      name_(std::move(name)),
      decompressor_(make_decompressor(compression_, name_)),
      buffer_(kInputSize) {}

base::Result<std::size_t> DecompressedStream::read(std::span<std::byte> buffer) {
  if (buffer.empty()) return std::size_t{0};
  while (true) {
    BERTH_TRY(const auto count, decompressor_->decompress(input_, buffer));
    if (count > 0) return count;
    if (at_end_) break;
    BERTH_TRY(const auto more, inner_->read(buffer_));
    input_ = std::span<const std::byte>(buffer_).first(more);
    at_end_ = more == 0;
  }
  if (decompressor_->complete()) return std::size_t{0};
  return Error(ErrorClass::integrity, "source.truncated", name_ + " is truncated")
      .cause(fmt::format("its {} stream is incomplete", compression_name(compression_)));
}

bool DecompressedStream::rewind() {
  if (!inner_->rewind()) return false;
  decompressor_ = make_decompressor(compression_, name_);
  input_ = {};
  at_end_ = false;
  return true;
}

base::Error unsupported_compression(const UnsupportedFormat& format, const std::string& name,
                                    std::string fix) {
  return Error(ErrorClass::usage, "source.compression",
               name + " has an unsupported compression format")
      .cause(fmt::format("its format is {}; supported: gzip, zstd, xz, lzma, bzip2", format.name))
      .fix(std::move(fix));
}

base::Result<std::unique_ptr<http::BodySource>> decompress_all(
    std::unique_ptr<http::BodySource> stream, const ArchiveInput& input) {
  for (int level = 0;; ++level) {
    auto peeked = std::make_unique<PeekedStream>(std::move(stream));
    BERTH_TRY(const auto head, peeked->peek(kMagicSize));
    const auto compression = detect_compression(head);
    if (const auto unsupported = detect_unsupported(head)) {
      const std::string command(unsupported->command);
      return unsupported_compression(
          *unsupported, input.name,
          fmt::format("{} | berth push {}:- DESTINATION",
                      input.file.empty() ? "… | " + command : command + " " + input.file,
                      input.transport));
    }
    if (!compression || level == kMaxNesting)
      return std::unique_ptr<http::BodySource>(std::move(peeked));
    stream = std::make_unique<DecompressedStream>(std::move(peeked), *compression, input.name);
  }
}

}  // namespace berth::image
