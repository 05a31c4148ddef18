// The decompressor for gzip members (RFC 1952); uses zlib. `name` of the archive or layer is for
// errors.
#pragma once

#include <memory>
#include <string>

#include "image/decompressor.hpp"

namespace berth::image {

std::unique_ptr<Decompressor> gzip_decompressor(std::string name);

}  // namespace berth::image
