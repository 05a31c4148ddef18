// Writes strings as JSON (RFC 8259, section 7).
#pragma once

#include <string>
#include <string_view>

namespace berth::base {

// Appends `text` to `out` as a JSON string, in quotes. Escapes control characters, and the
// characters that affect a terminal: C1 controls, direction marks and line separators could
// disguise a document on standard output. Invalid UTF-8 is replaced by U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace berth::base
