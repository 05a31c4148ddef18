// One gzip member: 1 MiB chunks, each raw deflate (the preceding 32 KiB as dictionary) ended by a
// sync flush, the last one final; fixed header (no time, OS 255); CRC-32 combined from the chunks.
// Chunks are compressed on the threads of the push and returned in order; memory is limited by the
// window.
#pragma once

#include <memory>

#include "image/layer_encoder.hpp"

namespace berth::image {

// `codec`: gzip_fast or gzip_small.
std::unique_ptr<LayerEncoder> gzip_encoder(Codec codec, const EncoderContext& context);

}  // namespace berth::image
