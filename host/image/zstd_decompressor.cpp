#include "image/zstd_decompressor.hpp"

#include <zstd.h>
#include <zstd_errors.h>

#include <new>

#include "image/member_decompressor.hpp"

namespace berth::image {
namespace {

// The limit of zstd(1) without --long; RFC 8878 (3.1.1.1.2) does not require decoders to support
// more.
constexpr int kMaxWindowLog = 27;

class ZstdDecompressor final : public MemberDecompressor {
 public:
  explicit ZstdDecompressor(std::string name)
      : MemberDecompressor(Compression::zstd, std::move(name)) {
    if (context_ == nullptr) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  }

 private:
  base::Result<std::size_t> decompress_member(std::span<const std::byte>& input,
                                              std::span<std::byte> output) override {
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    const auto status = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(status) != 0) {
      if (ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge)
        return needs_memory("128 MiB", "--long=31");
      return damaged(ZSTD_getErrorName(status));
    }
    // 0: a frame (also a skippable one) is complete and all of its data was written.
    if (status == 0) member_ended();
    input = input.subspan(in.pos);
    return out.pos;
  }
  [[nodiscard]] bool may_begin(std::byte first) const override {
    return first == std::byte{0x28} || (first & std::byte{0xF0}) == std::byte{0x50};
  }
  void reset() override { ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only); }

  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
};

}  // namespace

std::unique_ptr<Decompressor> zstd_decompressor(std::string name) {
  return std::make_unique<ZstdDecompressor>(std::move(name));
}

}  // namespace berth::image
