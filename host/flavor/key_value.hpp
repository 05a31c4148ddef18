// Reads values from configuration files of other programs, and splits command lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::flavor {

// Returns all values of `key` in `text`. JSON document: every string member with that name, at any
// depth. Other text: the value of each line "KEY = VALUE" or "KEY: VALUE", in any section. A value
// with " #" or " ;" in it is returned twice: whole, and without that comment.
std::vector<std::string> values_under(std::string_view key, std::string_view text);

// Splits a command line at blanks, with quotes and backslashes, like Python's shlex.split. Returns
// std::nullopt if a quote is not closed.
std::optional<std::vector<std::string>> split_command_line(std::string_view line);

}  // namespace berth::flavor
