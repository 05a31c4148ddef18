#include "image/make_layer_encoder.hpp"

#include "image/gzip_encoder.hpp"
#include "image/unchanged_encoder.hpp"
#include "image/zstd_encoder.hpp"

namespace berth::image {

std::unique_ptr<LayerEncoder> make_layer_encoder(const Encoding& encoding,
                                                 const EncoderContext& context) {
  if (passes_through(encoding, context.reader.layer())) return stored_gzip_encoder(context);
  switch (encoding.codec) {
    case Codec::zstd:
      return zstd_encoder(encoding.level, context);
    case Codec::keep:
      return tar_encoder(context);
    case Codec::gzip_fast:
    case Codec::gzip_small:
      break;
  }
  return gzip_encoder(encoding.codec, context);
}

}  // namespace berth::image
