#include "base/json_string.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"

namespace berth::base {
namespace {

// Multibyte characters that affect a terminal: C1 controls, direction marks and line separators.
// Unescaped, they could disguise a document on standard output.
struct Unsafe {
  std::string_view first;
  std::string_view last;
};
constexpr Unsafe kUnsafe[] = {{"\u0080", "\u009f"}, {"\u061c", "\u061c"}, {"\u200e", "\u200f"},
                              {"\u2028", "\u202e"}, {"\u2066", "\u2069"}, {"\ufeff", "\ufeff"}};

// Returns the size of such a character at the start of valid UTF-8; 0 for others. UTF-8 sorts like
// code points.
std::size_t unsafe_size(std::string_view text) {
  const auto size = static_cast<unsigned char>(text[0]) < 0xe0 ? 2U : 3U;
  const auto character = text.substr(0, size);
  for (const auto& range : kUnsafe)
    if (range.first.size() == size && character >= range.first && character <= range.last)
      return size;
  return 0;
}

unsigned code_point(std::string_view character) {
  unsigned value =
      static_cast<unsigned char>(character[0]) & (character.size() == 2 ? 0x1fU : 0x0fU);
  for (const char c : character.substr(1))
    value = value << 6U | (static_cast<unsigned char>(c) & 0x3fU);
  return value;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  const std::string valid = replace_invalid_utf8(text);
  out += '"';
  for (std::size_t at = 0; at < valid.size(); ++at) {
    const char character = valid[at];
    if (static_cast<unsigned char>(character) >= 0xc0)
      if (const auto size = unsafe_size(std::string_view(valid).substr(at)); size != 0) {
        out += fmt::format("\\u{:04x}", code_point(std::string_view(valid).substr(at, size)));
        at += size - 1;
        continue;
      }
    switch (character) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(character) < 0x20 || character == 0x7F) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(character));
        } else {
          out += character;
        }
    }
  }
  out += '"';
}

}  // namespace berth::base
