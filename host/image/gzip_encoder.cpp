#include "image/gzip_encoder.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <deque>

#include "image/chunk_compressor.hpp"

namespace berth::image {
namespace {

// RFC 1952, section 2.3: no name, no time, OS unknown.
constexpr std::array<unsigned char, 10> kGzipHeader{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff};

void append_le32(std::vector<std::byte>& bytes, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8)
    bytes.push_back(static_cast<std::byte>(value >> shift & 0xffU));
}

class GzipEncoder final : public LayerEncoder {
 public:
  GzipEncoder(Codec codec, const EncoderContext& context)
      : codec_(codec),
        reader_(context.reader),
        pool_(context.pool),
        window_(std::max<std::size_t>(context.window, 2)) {}

  void start() override {
    chunks_.clear();
    tail_.clear();
    crc_ = 0;
    has_header_ = false;
  }

  base::Result<Blob> produce(std::vector<std::byte>& output) override {
    BERTH_CHECK(fill_window());
    if (!has_header_) {
      has_header_ = true;
      const auto header = std::as_bytes(std::span(kGzipHeader));
      output.assign(header.begin(), header.end());
      return Blob::continues;
    }
    const Blob state = pop_chunk(output);
    BERTH_CHECK(fill_window());
    return state;
  }

 private:
  // Reads ahead and queues chunks for compression. The reader verifies the layer, before its last
  // chunk is returned.
  base::Result<void> fill_window() {
    while (!reader_.at_end() && chunks_.size() < window_) {
      auto chunk = fresh_chunk();
      BERTH_CHECK(reader_.read(chunk->input, kChunkSize));
      chunk->last = reader_.at_end();
      chunk->dictionary = tail_;
      const auto keep = std::min(kDictionarySize, chunk->input.size());
      tail_.assign(chunk->input.end() - static_cast<std::ptrdiff_t>(keep), chunk->input.end());
      pool_.submit(chunk);
      chunks_.push_back(std::move(chunk));
    }
    return {};
  }

  std::shared_ptr<Chunk> fresh_chunk() {
    auto chunk = recycled_.empty() ? std::make_shared<Chunk>() : std::move(recycled_.back());
    if (!recycled_.empty()) recycled_.pop_back();
    chunk->codec = codec_;
    chunk->done = false;
    return chunk;
  }

  Blob pop_chunk(std::vector<std::byte>& output) {
    const auto chunk = std::move(chunks_.front());
    chunks_.pop_front();
    pool_.wait_for(*chunk);
    crc_ = static_cast<std::uint32_t>(
        crc32_combine(crc_, chunk->crc, static_cast<z_off_t>(chunk->input.size())));
    output.swap(chunk->output);
    if (chunk->last) {
      append_le32(output, crc_);
      append_le32(output, static_cast<std::uint32_t>(reader_.position()));
    }
    recycled_.push_back(chunk);
    return chunk->last ? Blob::complete : Blob::continues;
  }

  Codec codec_;
  LayerReader& reader_;
  CompressionPool& pool_;
  std::size_t window_;
  std::deque<std::shared_ptr<Chunk>> chunks_;     // in flight, in order
  std::vector<std::shared_ptr<Chunk>> recycled_;  // their memory is reused
  std::vector<std::byte> tail_;  // end of the previous chunk: the dictionary of the next one
  std::uint32_t crc_ = 0;
  bool has_header_ = false;
};

}  // namespace

std::unique_ptr<LayerEncoder> gzip_encoder(Codec codec, const EncoderContext& context) {
  return std::make_unique<GzipEncoder>(codec, context);
}

}  // namespace berth::image
