#include "image/unchanged_encoder.hpp"

#include "image/diff_id_check.hpp"
#include "image/make_decompressor.hpp"

namespace berth::image {
namespace {

// Size of a piece that is decompressed, to at most 128 MiB, between two checks for cancellation.
constexpr std::size_t kGzippedPiece = std::size_t{128} << 10U;
constexpr std::size_t kDecompressedPiece = std::size_t{256} << 10U;
constexpr std::size_t kTarPiece = std::size_t{512} << 10U;

class StoredGzipEncoder final : public LayerEncoder {
 public:
  explicit StoredGzipEncoder(LayerReader& reader) : reader_(reader), check_(reader.layer()) {}

  void start() override {
    check_ = DiffIdCheck(reader_.layer());
    decompressor_ = make_decompressor(Compression::gzip, reader_.name());
  }

  base::Result<Blob> produce(std::vector<std::byte>& output) override {
    BERTH_CHECK(reader_.read(output, kGzippedPiece));
    BERTH_CHECK(verify(output));
    if (!reader_.at_end()) return Blob::continues;
    if (!decompressor_->complete())
      return base::Error(base::ErrorClass::integrity, "source.truncated",
                         reader_.name() + " is truncated");
    BERTH_CHECK(check_.finish());
    return Blob::complete;
  }

 private:
  base::Result<void> verify(std::span<const std::byte> bytes) {
    decompressed_.resize(kDecompressedPiece);
    while (true) {
      BERTH_TRY(const auto count, decompressor_->decompress(bytes, decompressed_));
      if (count == 0) break;
      check_.update(std::span(decompressed_).first(count));
    }
    if (!decompressor_->has_trailing_data()) return {};
    return base::Error(base::ErrorClass::integrity, "source.not-gzip",
                       reader_.name() + " has data after its gzip stream")
        .cause("container runtimes do not unpack such a layer")
        .fix("save the image again");
  }

  LayerReader& reader_;
  DiffIdCheck check_;
  std::unique_ptr<Decompressor> decompressor_;
  std::vector<std::byte> decompressed_;  // one piece
};

// The reader verifies the bytes.
class TarEncoder final : public LayerEncoder {
 public:
  explicit TarEncoder(LayerReader& reader) : reader_(reader) {}

  void start() override {}
  base::Result<Blob> produce(std::vector<std::byte>& output) override {
    BERTH_CHECK(reader_.read(output, kTarPiece));
    return reader_.at_end() ? Blob::complete : Blob::continues;
  }

 private:
  LayerReader& reader_;
};

}  // namespace

std::unique_ptr<LayerEncoder> stored_gzip_encoder(const EncoderContext& context) {
  return std::make_unique<StoredGzipEncoder>(context.reader);
}

std::unique_ptr<LayerEncoder> tar_encoder(const EncoderContext& context) {
  return std::make_unique<TarEncoder>(context.reader);
}

}  // namespace berth::image
