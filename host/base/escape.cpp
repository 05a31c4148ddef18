#include "base/escape.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace berth::base {
namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t length = 0;  // 0: invalid UTF-8 at this position
};

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// Unicode 15, table 3-7: overlong forms, surrogates and code points above U+10FFFF are invalid.
Character decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = sequence_length(lead);
  if (length == 0 || length > text.size()) return {};
  if (length == 1) return {lead, 1};
  std::uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (next & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return {};
  return {code, length};
}

bool is_control(std::uint32_t code) { return code < 0x20 || (code >= 0x7F && code <= 0x9F); }

// Returns whether the character reorders or hides the text around it.
bool is_deceptive(std::uint32_t code) {
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0x061C || code == 0x200E || code == 0x200F || code == 0x2028 || code == 0x2029 ||
         code == 0xFEFF;
}

}  // namespace

std::string escape(std::string_view text, std::size_t limit) {
  std::string result;
  while (!text.empty()) {
    const Character character = decode(text);
    std::string piece;
    if (character.length == 0) {
      piece = fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    } else if (is_control(character.code) && character.code < 0x80) {
      piece = fmt::format("\\x{:02x}", character.code);
    } else if (is_control(character.code) || is_deceptive(character.code)) {
      piece = fmt::format("\\u{{{:04x}}}", character.code);
    } else {
      piece = std::string(text.substr(0, character.length));
    }
    if (result.size() + piece.size() > limit) return result + "…";
    result += piece;
    text.remove_prefix(character.length == 0 ? 1 : character.length);
  }
  return result;
}

std::string quote(std::string_view text, std::size_t limit) {
  return "\"" + escape(text, limit) + "\"";
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Character character = decode(text);
    if (character.length == 0) result += "\uFFFD";
    result += text.substr(0, character.length);
    text.remove_prefix(character.length == 0 ? 1 : character.length);
  }
  return result;
}

bool is_clean_text(std::string_view text) {
  while (!text.empty()) {
    const Character character = decode(text);
    if (character.length == 0 || is_control(character.code)) return false;
    text.remove_prefix(character.length);
  }
  return true;
}

}  // namespace berth::base
