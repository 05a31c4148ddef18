// Layers whose bytes are uploaded unchanged: gzip, and uncompressed tar.
#pragma once

#include <memory>

#include "image/layer_encoder.hpp"

namespace berth::image {

// Of a layer that passes_through(): decompresses it only to verify it.
std::unique_ptr<LayerEncoder> stored_gzip_encoder(const EncoderContext& context);
std::unique_ptr<LayerEncoder> tar_encoder(const EncoderContext& context);

}  // namespace berth::image
