// The decompressor for bzip2 streams; uses libbz2. `name` of the archive or layer is for errors.
#pragma once

#include <memory>
#include <string>

#include "image/decompressor.hpp"

namespace berth::image {

std::unique_ptr<Decompressor> bzip2_decompressor(std::string name);

}  // namespace berth::image
