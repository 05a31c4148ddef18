// Identifies the encoder of layers.
#pragma once

#include <string>

#include "image/layer_encoding.hpp"

namespace berth::image {

// Two processes with the same identity create the same bytes from the same layer: the name and
// version of the library, the architecture, level and chunk size, and the hash of a fixed text's
// compressed bytes, because ISA-L writes other bytes on a CPU without SSE4. Empty for Codec::keep,
// whose blobs are the layers. Safe from any thread.
const std::string& encoder_identity(const Encoding& encoding);

}  // namespace berth::image
