// Selects the encoder of a layer.
#pragma once

#include <memory>

#include "image/layer_encoder.hpp"
#include "image/layer_encoding.hpp"

namespace berth::image {

// Returns the encoder for `context.reader.layer()`.
std::unique_ptr<LayerEncoder> make_layer_encoder(const Encoding& encoding,
                                                 const EncoderContext& context);

}  // namespace berth::image
