// One zstd frame. Only the window of the frame and what libzstd's workers compress is in memory.
#pragma once

#include <memory>

#include "image/layer_encoder.hpp"

namespace berth::image {

std::unique_ptr<LayerEncoder> zstd_encoder(int level, const EncoderContext& context);

}  // namespace berth::image
