#include "support/compress.hpp"

#include <bzlib.h>
#include <lzma.h>
#include <zstd.h>

#include <stdexcept>

namespace berth::test {
namespace {

std::string lzma_of(const std::string& bytes, bool single) {
  lzma_stream stream = LZMA_STREAM_INIT;
  lzma_options_lzma options;
  lzma_lzma_preset(&options, 6);
  const auto begun = single ? lzma_alone_encoder(&stream, &options)
                            : lzma_easy_encoder(&stream, 6, LZMA_CHECK_CRC64);
  if (begun != LZMA_OK) throw std::runtime_error("lzma");
  std::string result(bytes.size() + bytes.size() / 2 + 65536, '\0');
  stream.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
  stream.avail_in = bytes.size();
  stream.next_out = reinterpret_cast<std::uint8_t*>(result.data());
  stream.avail_out = result.size();
  const auto status = lzma_code(&stream, LZMA_FINISH);
  result.resize(result.size() - stream.avail_out);
  lzma_end(&stream);
  if (status != LZMA_STREAM_END) throw std::runtime_error("lzma_code");
  return result;
}

}  // namespace

std::string zstd(const std::string& bytes, int window_log) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  if (window_log != 0) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  }
  std::string result(ZSTD_compressBound(bytes.size()), '\0');
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  ZSTD_outBuffer out{result.data(), result.size(), 0};
  // Two steps: with one, the window shrinks to the content.
  const auto half = ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush);
  const auto rest =
      ZSTD_isError(half) != 0 ? half : ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
  ZSTD_freeCCtx(context);
  if (rest != 0) throw std::runtime_error("zstd");
  result.resize(out.pos);
  return result;
}

std::string xz(const std::string& bytes) { return lzma_of(bytes, false); }
std::string lzma(const std::string& bytes) { return lzma_of(bytes, true); }

std::string bzip2(const std::string& bytes) {
  std::string result(bytes.size() + bytes.size() / 50 + 600, '\0');
  auto size = static_cast<unsigned>(result.size());
  if (BZ2_bzBuffToBuffCompress(result.data(), &size, const_cast<char*>(bytes.data()),
                               static_cast<unsigned>(bytes.size()), 9, 0, 0) != BZ_OK)
    throw std::runtime_error("bzip2");
  result.resize(size);
  return result;
}

}  // namespace berth::test
