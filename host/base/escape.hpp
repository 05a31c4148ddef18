// Makes untrusted text (of registries, plugins, file names) safe for terminals and logs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace berth::base {

// Replaces control characters (C0, DEL, C1), bidirectional overrides and invalid UTF-8 by \xNN or
// \u{NNNN}. Text longer than `limit` bytes is truncated at a character, and "…" is appended.
std::string escape(std::string_view text, std::size_t limit = 4096);

// Returns escape() in double quotes.
std::string quote(std::string_view text, std::size_t limit = 256);

// Replaces invalid UTF-8 by U+FFFD.
std::string replace_invalid_utf8(std::string_view text);

// Returns whether `text` is valid UTF-8 without C0 and C1 control characters and DEL.
bool is_clean_text(std::string_view text);

}  // namespace berth::base
