// Base64 with padding, the standard alphabet. Source: RFC 4648, section 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::base {

std::string base64_encode(std::string_view bytes);

// std::nullopt if the text is not canonical base64; missing padding is accepted.
std::optional<std::string> base64_decode(std::string_view text);

// For files of other tools: white space is ignored (Go's base64.StdEncoding ignores line breaks, which base64(1)
// writes), trailing bits need not be zero, padding may be missing, and "-_" count as "+/". std::nullopt for any other
// text.
std::optional<std::string> base64_decode_lenient(std::string_view text);

}  // namespace berth::base
