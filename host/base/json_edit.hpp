// Edits single members of a JSON text. Every other byte stays as it is: the order of members, the
// digits of numbers
// ("1e3", "1.0", 12345678901234567890), escapes, white space, and text after the document. A new
// member is written in the style of its siblings: on a line of its own with their indentation, or
// on the same line. `text` must be a document that parse_json_lenient() accepted and whose root is
// an object. If a key is repeated, its last member counts, as in that function.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json_value.hpp"

namespace berth::base {

using JsonPath = std::span<const std::string>;

// Replaces the member at `path` or appends it. Missing objects in the path are created; a value in
// the path that is not an object is replaced by one.
std::string set_json_member(std::string_view text, JsonPath path, const Json& value);

// Removes the member at `path` with all its duplicates. Returns `text` unchanged if the member is
// missing.
std::string erase_json_member(std::string_view text, JsonPath path);

}  // namespace berth::base
