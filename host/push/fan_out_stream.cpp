#include "push/fan_out_stream.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace berth::push {
namespace {

constexpr std::size_t kSkippedPiece = std::size_t{256} << 10U;

class NamedStream final : public image::LayerStream {
 public:
  NamedStream(std::unique_ptr<http::BodySource> bytes, oci::Digest digest)
      : bytes_(std::move(bytes)), digest_(std::move(digest)) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return bytes_->size(); }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    BERTH_TRY(const auto count, bytes_->read(buffer));
    position_ += count;
    return count;
  }
  bool rewind() override {
    position_ = 0;
    return bytes_->rewind();
  }
  [[nodiscard]] const oci::Digest& digest() const override { return digest_; }
  [[nodiscard]] std::uint64_t source_position() const override { return position_; }

 private:
  std::unique_ptr<http::BodySource> bytes_;
  oci::Digest digest_;
  std::uint64_t position_ = 0;
};

base::Error changed_layer(const std::string& cause) {
  return base::Error(base::ErrorClass::integrity, "source.layer-changed",
                     "a layer changed while it was read")
      .cause(cause);
}

}  // namespace

std::optional<std::uint64_t> FanOutStream::size() const {
  return known_ ? std::optional(known_->size) : std::nullopt;
}

std::uint64_t FanOutStream::source_position() const {
  return own_ ? own_->source_position() : source_position_;
}

base::Result<std::size_t> FanOutStream::read(std::span<std::byte> buffer) {
  if (own_) return read_own(buffer);
  BERTH_TRY(const auto piece, fan_out_.read(place_, open_, buffer));
  if (!piece) {
    BERTH_CHECK(open_own());
    return read_own(buffer);
  }
  if (piece->result) BERTH_CHECK(finish(*piece->result));
  position_ += piece->count;
  source_position_ = std::max(source_position_, piece->source_position);
  return piece->count;
}

base::Result<std::size_t> FanOutStream::read_own(std::span<std::byte> buffer) {
  fan_out_.touch(place_.destination);
  BERTH_TRY(const auto count, own_->read(buffer));
  position_ += count;
  if (count == 0) BERTH_CHECK(finish({own_->digest(), *own_->size()}));
  return count;
}

// Opens it where the shared bytes ended.
base::Result<void> FanOutStream::open_own() {
  BERTH_TRY(own_, open_());
  std::vector<std::byte> skipped(std::min<std::uint64_t>(position_, kSkippedPiece));
  for (auto left = position_; left > 0;) {
    BERTH_CHECK(fan_out_.check(place_.destination));
    fan_out_.touch(place_.destination);
    const auto piece = std::min<std::uint64_t>(left, skipped.size());
    BERTH_TRY(const auto count, own_->read(std::span(skipped).first(piece)));
    if (count == 0)
      return changed_layer(fmt::format("first more than {} bytes, then fewer", position_));
    left -= count;
  }
  return {};
}

base::Result<void> FanOutStream::finish(CompressedBlob blob) {
  if (!known_) {
    known_ = std::move(blob);
    return {};
  }
  if (known_->digest == blob.digest) return {};
  return changed_layer(fmt::format("first {}, then {}", known_->digest.str(), blob.digest.str()));
}

bool FanOutStream::rewind() {
  fan_out_.leave(place_);
  position_ = 0;
  source_position_ = 0;
  return !own_ || own_->rewind();
}

std::unique_ptr<image::LayerStream> named_stream(std::unique_ptr<http::BodySource> bytes,
                                                 oci::Digest digest) {
  return std::make_unique<NamedStream>(std::move(bytes), std::move(digest));
}

}  // namespace berth::push
