#include "image/gzip_decompressor.hpp"

#include <zlib.h>

#include <new>

#include "image/member_decompressor.hpp"

namespace berth::image {
namespace {

class GzipDecompressor final : public MemberDecompressor {
 public:
  explicit GzipDecompressor(std::string name)
      : MemberDecompressor(Compression::gzip, std::move(name)) {
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw std::bad_alloc();
  }
  GzipDecompressor(const GzipDecompressor&) = delete;
  GzipDecompressor& operator=(const GzipDecompressor&) = delete;
  ~GzipDecompressor() override { inflateEnd(&stream_); }

 private:
  base::Result<std::size_t> decompress_member(std::span<const std::byte>& input,
                                              std::span<std::byte> output) override {
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = static_cast<uInt>(output.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      return damaged(stream_.msg != nullptr ? stream_.msg : "");
    if (status == Z_STREAM_END) member_ended();
    input = input.last(stream_.avail_in);
    return output.size() - stream_.avail_out;
  }
  [[nodiscard]] bool may_begin(std::byte first) const override { return first == std::byte{0x1f}; }
  void reset() override { inflateReset(&stream_); }

  z_stream stream_{};
};

}  // namespace

std::unique_ptr<Decompressor> gzip_decompressor(std::string name) {
  return std::make_unique<GzipDecompressor>(std::move(name));
}

}  // namespace berth::image
