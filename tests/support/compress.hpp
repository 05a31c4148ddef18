// Compresses bytes in the formats of the usual programs; gzip() is in images.hpp.
#pragma once

#include <string>

namespace berth::test {

// One frame with its content size; `window_log` of 0: the default of the level.
std::string zstd(const std::string& bytes, int window_log = 0);
std::string xz(const std::string& bytes);
std::string lzma(const std::string& bytes);
std::string bzip2(const std::string& bytes);

}  // namespace berth::test
