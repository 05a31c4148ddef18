// SHA-1 (RFC 3174), where others' names are made of it: the files of AWS's token cache, thumbprints
// of certificates.
#pragma once

#include <string>
#include <string_view>

namespace berth::common {

std::string sha1(std::string_view bytes);  // 20 bytes

}  // namespace berth::common
