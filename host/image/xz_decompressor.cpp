#include "image/xz_decompressor.hpp"

#include <lzma.h>

#include <new>

#include "image/member_decompressor.hpp"

namespace berth::image {
namespace {

// xz -9 needs 65 MiB; only explicit dictionary sizes need more.
constexpr std::uint64_t kMaxDecoderMemory = std::uint64_t{256} << 20U;

class XzDecompressor final : public MemberDecompressor {
 public:
  XzDecompressor(std::string name, Compression format)
      : MemberDecompressor(format, std::move(name)), single_(format == Compression::lzma) {
    XzDecompressor::reset();
  }
  XzDecompressor(const XzDecompressor&) = delete;
  XzDecompressor& operator=(const XzDecompressor&) = delete;
  ~XzDecompressor() override { lzma_end(&stream_); }

 private:
  base::Result<std::size_t> decompress_member(std::span<const std::byte>& input,
                                              std::span<std::byte> output) override {
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(input.data());
    stream_.avail_in = input.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(output.data());
    stream_.avail_out = output.size();
    const auto status = lzma_code(&stream_, LZMA_RUN);
    if (status == LZMA_MEM_ERROR) throw std::bad_alloc();
    if (status == LZMA_MEMLIMIT_ERROR) return needs_memory("256 MiB", "--memlimit-decompress=0");
    // LZMA_BUF_ERROR: all input is consumed.
    if (status != LZMA_OK && status != LZMA_STREAM_END && status != LZMA_BUF_ERROR)
      return damaged();
    if (status == LZMA_STREAM_END) member_ended();
    input = input.last(stream_.avail_in);
    return output.size() - stream_.avail_out;
  }
  [[nodiscard]] bool may_begin(std::byte first) const override {
    return !single_ && first == std::byte{0xFD};
  }
  void reset() override {
    const auto status = single_ ? lzma_alone_decoder(&stream_, kMaxDecoderMemory)
                                : lzma_stream_decoder(&stream_, kMaxDecoderMemory, 0);
    if (status != LZMA_OK) throw std::bad_alloc();
  }

  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool single_;  // .lzma does not have members
};

}  // namespace

std::unique_ptr<Decompressor> xz_decompressor(std::string name, Compression format) {
  return std::make_unique<XzDecompressor>(std::move(name), format);
}

}  // namespace berth::image
