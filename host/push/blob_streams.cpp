#include "push/blob_streams.hpp"

#include "image/compressed_layer.hpp"
#include "push/fan_out_stream.hpp"

namespace berth::push {
namespace {

using OpenedBlob = base::Result<std::unique_ptr<image::LayerStream>>;

// The bytes of a layer. The source opens it when it is read: some have to be exported for that.
class LayerOnDemand final : public http::BodySource {
 public:
  LayerOnDemand(image::Source& source, std::size_t index) : source_(source), index_(index) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    return inner_ ? inner_->size() : std::nullopt;
  }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (!inner_) {
      BERTH_TRY(inner_, source_.open_layer(index_));
    }
    return inner_->read(buffer);
  }
  bool rewind() override { return !inner_ || inner_->rewind(); }

 private:
  image::Source& source_;
  std::size_t index_;
  std::unique_ptr<http::BodySource> inner_;
};

}  // namespace

OpenBlob ready_blob_opener(image::Source& source, std::size_t index) {
  return [&source, index]() -> OpenedBlob {
    const auto& blob = std::get<image::ReadyImage>(source.contents()).blobs.at(index).descriptor;
    BERTH_TRY(auto bytes, source.open_blob(blob));
    return named_stream(std::move(bytes), blob.digest);
  };
}

OpenBlob layer_opener(image::Source& source, std::size_t index,
                      const LayerCompression& compression) {
  return [&source, index, compression]() -> OpenedBlob {
    const auto& layer = std::get<image::RawImage>(source.contents()).layers.at(index);
    auto bytes = std::make_unique<LayerOnDemand>(source, index);
    return std::unique_ptr<image::LayerStream>(std::make_unique<image::CompressedLayer>(
        std::move(bytes), layer, compression.pool, compression.window, compression.encoding));
  };
}

OpenedBlob open_blob(const FanOutMember* member, std::size_t blob,
                     std::optional<CompressedBlob> known, OpenBlob open) {
  if (member == nullptr) return open();
  return std::unique_ptr<image::LayerStream>(std::make_unique<FanOutStream>(
      member->fan_out, member->place(blob), std::move(known), std::move(open)));
}

}  // namespace berth::push
