// The decompressor for zstd frames (RFC 8878); uses libzstd. `name` of the archive or layer is for
// errors.
#pragma once

#include <memory>
#include <string>

#include "image/decompressor.hpp"

namespace berth::image {

std::unique_ptr<Decompressor> zstd_decompressor(std::string name);

}  // namespace berth::image
