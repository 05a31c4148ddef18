#include "image/layer_reader.hpp"

#include <fmt/format.h>

#include "image/decompressed_stream.hpp"

namespace berth::image {
namespace {

// Passes on `inner`, and counts its bytes.
class CountedStream final : public http::BodySource {
 public:
  CountedStream(std::unique_ptr<http::BodySource> inner, std::shared_ptr<std::uint64_t> count)
      : inner_(std::move(inner)), count_(std::move(count)) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return inner_->size(); }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    BERTH_TRY(const auto count, inner_->read(buffer));
    *count_ += count;
    return count;
  }
  bool rewind() override {
    *count_ = 0;
    return inner_->rewind();
  }

 private:
  std::unique_ptr<http::BodySource> inner_;
  std::shared_ptr<std::uint64_t> count_;
};

}  // namespace

LayerReader::LayerReader(std::unique_ptr<http::BodySource> raw, const RawLayer& layer,
                         LayerBytes bytes)
    : layer_(layer),
      name_(fmt::format("layer {} of {}", layer.diff_id.brief(), layer.place)),
      bytes_(bytes),
      source_position_(std::make_shared<std::uint64_t>(0)),
      stream_(std::make_unique<CountedStream>(std::move(raw), source_position_)),
      check_(layer) {
  if (layer.compression && bytes == LayerBytes::uncompressed)
    stream_ = std::make_unique<DecompressedStream>(std::move(stream_), *layer.compression, name_);
  else
    size_ = layer.size;
}

base::Result<std::size_t> LayerReader::read_some(std::span<std::byte> buffer) {
  if (!ahead_) return stream_->read(buffer);
  buffer.front() = *ahead_;
  ahead_.reset();
  return std::size_t{1};
}

// Detects whether more data follows, because the last chunk must be marked as last, whatever the
// layer's format is.
base::Result<void> LayerReader::look_ahead() {
  std::byte next{};
  BERTH_TRY(const auto count, stream_->read({&next, 1}));
  if (count > 0) ahead_ = next;
  return {};
}

base::Result<void> LayerReader::note_end(std::size_t count, std::size_t most) {
  if (!size_ && count == most) BERTH_CHECK(look_ahead());
  if (size_ && count < most && position_ < *size_)
    return base::Error(base::ErrorClass::integrity, "source.truncated", name_ + " is truncated");
  at_end_ = size_ ? position_ >= *size_ : !ahead_;
  return {};
}

base::Result<void> LayerReader::read(std::vector<std::byte>& chunk, std::size_t most) {
  chunk.resize(most);
  std::size_t filled = 0;
  while (filled < chunk.size()) {
    BERTH_TRY(const auto count, read_some(std::span(chunk).subspan(filled)));
    if (count == 0) break;
    filled += count;
  }
  chunk.resize(filled);
  position_ += filled;
  BERTH_CHECK(note_end(filled, most));
  if (bytes_ == LayerBytes::stored) return {};
  check_.update(chunk);
  return at_end_ ? check_.finish() : base::Result<void>();
}

bool LayerReader::rewind() {
  if (!stream_->rewind()) return false;
  ahead_.reset();
  check_ = DiffIdCheck(layer_);
  position_ = 0;
  at_end_ = false;
  return true;
}

}  // namespace berth::image
