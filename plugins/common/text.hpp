// Text functions of several flavors. Pure; all accept any bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::common {

std::string lower(std::string_view text);
// Removes blanks, tabs and line ends at both ends.
std::string_view trimmed(std::string_view text);
std::vector<std::string> split(std::string_view text, char at);
// Splits a command line at blanks, with quotes and backslashes as in a shell. Empty if a quote is
// not closed.
std::vector<std::string> split_command_line(const std::string& line);
// "a; b".
std::string joined(const std::vector<std::string>& parts, std::string_view between);
bool starts_with(std::string_view text, std::string_view start);
bool ends_with(std::string_view text, std::string_view end);
bool all_digits(std::string_view text);  // false if empty

// "api.example:8443" of "https://api.example:8443/path".
std::string host_of_url(const std::string& url);

}  // namespace berth::common
