// Chooses the decompressor of a format.
#pragma once

#include <memory>
#include <string>

#include "image/decompressor.hpp"

namespace berth::image {

// `name` of the archive or layer is for errors.
std::unique_ptr<Decompressor> make_decompressor(Compression compression, std::string name);

}  // namespace berth::image
