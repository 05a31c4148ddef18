// The decompressor for xz and lzma streams; uses liblzma. `name` of the archive or layer is for
// errors.
#pragma once

#include <memory>
#include <string>

#include "image/decompressor.hpp"

namespace berth::image {

// `format` is xz or lzma.
std::unique_ptr<Decompressor> xz_decompressor(std::string name, Compression format);

}  // namespace berth::image
