// Base64 with padding, the standard alphabet. Source: RFC 4648, section 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::base {

std::string base64_encode(std::string_view bytes);

// Returns std::nullopt if the text is not canonical base64. Missing padding is accepted.
std::optional<std::string> base64_decode(std::string_view text);

// Decodes base64 from files of other tools: ignores white space (Go's base64.StdEncoding ignores
// line breaks, which base64(1) writes), and accepts nonzero trailing bits, missing padding, and
// "-_" as "+/". std::nullopt for other text.
std::optional<std::string> base64_decode_lenient(std::string_view text);

}  // namespace berth::base
