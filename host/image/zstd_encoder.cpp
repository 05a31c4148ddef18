#include "image/zstd_encoder.hpp"

#include "image/chunk_compressor.hpp"
#include "image/zstd_frame.hpp"

namespace berth::image {
namespace {

constexpr std::size_t kOutputPiece = std::size_t{256} << 10U;

class ZstdEncoder final : public LayerEncoder {
 public:
  ZstdEncoder(int level, const EncoderContext& context)
      : reader_(context.reader), frame_(level, context.pool.thread_count()) {}

  void start() override {
    frame_.reset();
    rest_ = {};
    has_input_ = false;
  }

  base::Result<Blob> produce(std::vector<std::byte>& output) override {
    if (!has_input_ || (rest_.empty() && !reader_.at_end())) {
      BERTH_CHECK(reader_.read(input_, kChunkSize));
      rest_ = input_;
      has_input_ = true;
    }
    output.resize(kOutputPiece);
    output.resize(frame_.compress(rest_, reader_.at_end(), output));
    return frame_.complete() ? Blob::complete : Blob::continues;
  }

 private:
  LayerReader& reader_;
  ZstdFrame frame_;
  std::vector<std::byte> input_;
  std::span<const std::byte> rest_;  // of input_
  bool has_input_ = false;
};

}  // namespace

std::unique_ptr<LayerEncoder> zstd_encoder(int level, const EncoderContext& context) {
  return std::make_unique<ZstdEncoder>(level, context);
}

}  // namespace berth::image
