// UTF-8 without changes to the text, as opposed to escape.hpp.
#pragma once

#include <cstddef>
#include <string_view>

namespace berth::base {

// Returns whether all of `text` is valid UTF-8.
bool is_utf8(std::string_view text);

// Returns the longest start of `text` that has at most `max` bytes and does not end within a
// character.
std::string_view truncate_utf8(std::string_view text, std::size_t max);

}  // namespace berth::base
