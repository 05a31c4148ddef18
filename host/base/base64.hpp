// Base64 with padding, the standard alphabet. Source: RFC 4648, section 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::base {

std::string base64_encode(std::string_view bytes);

// Nothing when the text is not canonical base64; missing padding is accepted.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace berth::base
