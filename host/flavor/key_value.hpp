// What a configuration file says under a key, and the words of a command line that stands there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::flavor {

// Of a JSON document: every string of a member with that name, at any depth. Of every other text: what stands behind
// "KEY =" in each line that says so, of any section.
std::vector<std::string> values_under(std::string_view key, std::string_view text);

// Split at spaces; single and double quotes hold words together. Nothing: a quote is not closed.
std::optional<std::vector<std::string>> words_of_command(std::string_view line);

}  // namespace berth::flavor
