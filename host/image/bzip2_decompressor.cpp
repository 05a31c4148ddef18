#include "image/bzip2_decompressor.hpp"

#include <bzlib.h>

#include <new>

#include "image/member_decompressor.hpp"

namespace berth::image {
namespace {

class Bzip2Decompressor final : public MemberDecompressor {
 public:
  explicit Bzip2Decompressor(std::string name)
      : MemberDecompressor(Compression::bzip2, std::move(name)) {
    begin();
  }
  Bzip2Decompressor(const Bzip2Decompressor&) = delete;
  Bzip2Decompressor& operator=(const Bzip2Decompressor&) = delete;
  ~Bzip2Decompressor() override { BZ2_bzDecompressEnd(&stream_); }

 private:
  base::Result<std::size_t> decompress_member(std::span<const std::byte>& input,
                                              std::span<std::byte> output) override {
    stream_.next_in = const_cast<char*>(reinterpret_cast<const char*>(input.data()));
    stream_.avail_in = static_cast<unsigned>(input.size());
    stream_.next_out = reinterpret_cast<char*>(output.data());
    stream_.avail_out = static_cast<unsigned>(output.size());
    const int status = BZ2_bzDecompress(&stream_);
    if (status == BZ_MEM_ERROR) throw std::bad_alloc();
    if (status != BZ_OK && status != BZ_STREAM_END) return damaged();
    if (status == BZ_STREAM_END) member_ended();
    input = input.last(stream_.avail_in);
    return output.size() - stream_.avail_out;
  }
  [[nodiscard]] bool may_begin(std::byte first) const override { return first == std::byte{'B'}; }
  void reset() override {
    BZ2_bzDecompressEnd(&stream_);
    begin();
  }
  void begin() {
    stream_ = {};
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
  }

  bz_stream stream_{};
};

}  // namespace

std::unique_ptr<Decompressor> bzip2_decompressor(std::string name) {
  return std::make_unique<Bzip2Decompressor>(std::move(name));
}

}  // namespace berth::image
