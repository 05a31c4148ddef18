// Foreign text (from registries, plugins, file names) made safe for a terminal and a log.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace berth::base {

// Control characters (C0, DEL, C1), bidirectional overrides and invalid UTF-8 become \xNN or \u{NNNN}; the rest stays.
// Longer than `limit` bytes: cut at a character, with "…" appended.
std::string escape(std::string_view text, std::size_t limit = 4096);

// escape() in double quotes.
std::string quote(std::string_view text, std::size_t limit = 256);

// What is not valid UTF-8 becomes U+FFFD; the rest stays as it is.
std::string replace_invalid_utf8(std::string_view text);

// Whether `text` is valid UTF-8 without C0/C1 control characters or DEL.
bool is_clean_text(std::string_view text);

}  // namespace berth::base
