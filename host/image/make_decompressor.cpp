#include "image/make_decompressor.hpp"

#include "image/bzip2_decompressor.hpp"
#include "image/gzip_decompressor.hpp"
#include "image/xz_decompressor.hpp"
#include "image/zstd_decompressor.hpp"

namespace berth::image {

std::unique_ptr<Decompressor> make_decompressor(Compression compression, std::string name) {
  switch (compression) {
    case Compression::gzip:
      return gzip_decompressor(std::move(name));
    case Compression::zstd:
      return zstd_decompressor(std::move(name));
    case Compression::xz:
    case Compression::lzma:
      return xz_decompressor(std::move(name), compression);
    case Compression::bzip2:
      return bzip2_decompressor(std::move(name));
  }
  std::abort();
}

}  // namespace berth::image
