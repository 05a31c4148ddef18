#include "image/chunk_compressor.hpp"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include <cstdlib>
#include <new>

namespace berth::image {
namespace {

constexpr int kIsalLevel = 2;
constexpr int kZlibLevel = 6;
constexpr int kZlibMemory = 8;
constexpr std::size_t kSlack = std::size_t{64} << 10U;

std::uint8_t* bytes_of(std::span<const std::byte> span) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(span.data()));
}

class IsalCompressor final : public ChunkCompressor {
 public:
  IsalCompressor() : level_buffer_(ISAL_DEF_LVL2_LARGE) {}

  void compress(std::span<const std::byte> dictionary, std::span<const std::byte> chunk, bool last,
                std::vector<std::byte>& output) override {
    isal_zstream stream;
    isal_deflate_init(&stream);
    stream.level = kIsalLevel;
    stream.level_buf = level_buffer_.data();
    stream.level_buf_size = static_cast<std::uint32_t>(level_buffer_.size());
    stream.gzip_flag = IGZIP_DEFLATE;
    stream.flush = last ? NO_FLUSH : SYNC_FLUSH;
    stream.end_of_stream = last ? 1 : 0;
    if (!dictionary.empty())
      isal_deflate_set_dict(&stream, bytes_of(dictionary),
                            static_cast<std::uint32_t>(dictionary.size()));
    stream.next_in = bytes_of(chunk);
    stream.avail_in = static_cast<std::uint32_t>(chunk.size());
    output.resize(chunk.size() + kSlack);
    std::size_t written = 0;
    while (true) {
      stream.next_out = reinterpret_cast<std::uint8_t*>(output.data() + written);
      stream.avail_out = static_cast<std::uint32_t>(output.size() - written);
      if (isal_deflate(&stream) != COMP_OK) std::abort();  // fails only if parameters are invalid
      written = output.size() - stream.avail_out;
      if (stream.avail_out > 0) break;
      output.resize(output.size() + kSlack);
    }
    output.resize(written);
  }

 private:
  std::vector<std::uint8_t> level_buffer_;
};

class ZlibCompressor final : public ChunkCompressor {
 public:
  ZlibCompressor() {
    // A negative window: raw deflate.
    if (deflateInit2(&stream_, kZlibLevel, Z_DEFLATED, -MAX_WBITS, kZlibMemory,
                     Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~ZlibCompressor() override { deflateEnd(&stream_); }

  void compress(std::span<const std::byte> dictionary, std::span<const std::byte> chunk, bool last,
                std::vector<std::byte>& output) override {
    deflateReset(&stream_);
    if (!dictionary.empty())
      deflateSetDictionary(&stream_, bytes_of(dictionary), static_cast<uInt>(dictionary.size()));
    stream_.next_in = bytes_of(chunk);
    stream_.avail_in = static_cast<uInt>(chunk.size());
    output.resize(chunk.size() + kSlack);  // one call suffices: see deflateBound() in zlib.h
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = static_cast<uInt>(output.size());
    if (deflate(&stream_, last ? Z_FINISH : Z_SYNC_FLUSH) != (last ? Z_STREAM_END : Z_OK) ||
        stream_.avail_out == 0)
      std::abort();
    output.resize(output.size() - stream_.avail_out);
  }

 private:
  z_stream stream_{};
};

}  // namespace

std::unique_ptr<ChunkCompressor> make_chunk_compressor(Codec codec) {
  if (codec == Codec::gzip_small) return std::make_unique<ZlibCompressor>();
  return std::make_unique<IsalCompressor>();
}

std::uint32_t crc32_of(std::span<const std::byte> bytes) {
  return crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace berth::image
