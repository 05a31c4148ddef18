#include "base/utf8.hpp"

#include "base/escape.hpp"

namespace berth::base {

bool is_utf8(std::string_view text) { return replace_invalid_utf8(text) == text; }

std::string_view truncate_utf8(std::string_view text, std::size_t max) {
  if (text.size() <= max) return text;
  std::size_t end = max;
  // A character has at most three continuation bytes, 10xxxxxx.
  while (end > 0 && max - end < 3 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  return text.substr(0, end);
}

}  // namespace berth::base
