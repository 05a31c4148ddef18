#include "common/text.hpp"

#include <algorithm>

namespace berth::common {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (std::size_t start = 0;;) {
    const auto end = text.find(at, start);
    parts.emplace_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

// As Python's shlex.split, which the AWS command line uses.
std::vector<std::string> split_command_line(const std::string& line) {
  std::vector<std::string> found;
  std::string argument;
  bool in_argument = false;
  char quote = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (quote == 0 && (c == ' ' || c == '\t')) {
      if (in_argument) found.push_back(std::exchange(argument, {}));
      in_argument = false;
      continue;
    }
    in_argument = true;
    const char next = at + 1 < line.size() ? line[at + 1] : '\0';
    const bool escapes =
        c == '\\' && (quote == 0 ? next != '\0' : quote == '"' && (next == '"' || next == '\\'));
    if (escapes)
      argument += line[++at];
    else if (quote == 0 && (c == '"' || c == '\''))
      quote = c;
    else if (c == quote)
      quote = 0;
    else
      argument += c;
  }
  if (quote != 0) return {};
  if (in_argument) found.push_back(argument);
  return found;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const auto& part : parts) (text += text.empty() ? "" : between) += part;
  return text;
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::string host_of_url(const std::string& url) {
  const auto start = url.find("://") + 3;
  return url.substr(start, url.find('/', start) - start);
}

}  // namespace berth::common
