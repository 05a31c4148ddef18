// What a configuration file says under a key, and the words of a command line that stands there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::flavor {

// Of a JSON document: every string of a member with that name, at any depth. Of every other text: the value of each
// line "KEY = VALUE" or "KEY: VALUE", in any section; also without what follows " #" or " ;" in it.
std::vector<std::string> values_under(std::string_view key, std::string_view text);

// Split as Python's shlex.split does: at blanks, with quotes and backslashes. std::nullopt if a quote is not closed.
std::optional<std::vector<std::string>> words_of_command(std::string_view line);

}  // namespace berth::flavor
