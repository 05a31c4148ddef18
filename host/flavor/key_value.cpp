#include "flavor/key_value.hpp"

#include <algorithm>

#include "base/json_parser.hpp"

namespace berth::flavor {
namespace {

using base::Json;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// Some programs treat text after " #" or " ;" as a comment, others as part of the value.
std::string_view without_comment(std::string_view value) {
  const auto comment =
      std::min({value.find(" #"), value.find(" ;"), value.find("\t#"), value.find("\t;")});
  return trimmed(value.substr(0, comment));
}

// Bounded by the depth that parse_json() allows. NOLINTNEXTLINE(misc-no-recursion)
void collect(const Json& value, std::string_view key, std::vector<std::string>& values) {
  if (const auto* object = value.as_object())
    for (const auto& [name, member] : *object) {
      if (name == key && member.is_string()) values.push_back(*member.as_string());
      collect(member, key, values);
    }
  if (const auto* array = value.as_array())
    for (const auto& item : *array) collect(item, key, values);
}

}  // namespace

std::vector<std::string> values_under(std::string_view key, std::string_view text) {
  std::vector<std::string> values;
  if (trimmed(text).starts_with('{')) {
    if (const auto document = base::parse_json(text, "the file")) collect(*document, key, values);
    return values;
  }
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto sign = line.find_first_of("=:");
    if (sign == std::string_view::npos || trimmed(line.substr(0, sign)) != key) continue;
    const auto value = trimmed(line.substr(sign + 1));
    if (!value.empty()) values.emplace_back(value);
    const auto plain = without_comment(value);
    if (!plain.empty() && plain != value) values.emplace_back(plain);
  }
  return values;
}

std::optional<std::vector<std::string>> split_command_line(std::string_view line) {
  std::vector<std::string> arguments;
  std::string argument;
  bool begun = false;
  char quote = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    const char next = at + 1 < line.size() ? line[at + 1] : '\0';
    const bool escapes =
        c == '\\' && (quote == 0 ? next != '\0' : quote == '"' && (next == '"' || next == '\\'));
    if (escapes) {
      argument += line[++at];
      begun = true;
    } else if (quote != 0) {
      if (c != quote) argument += c;
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
      begun = true;
    } else if (c == ' ' || c == '\t') {
      if (begun) arguments.push_back(std::exchange(argument, {}));
      begun = false;
    } else {
      argument += c;
      begun = true;
    }
  }
  if (quote != 0) return std::nullopt;
  if (begun) arguments.push_back(std::move(argument));
  return arguments;
}

}  // namespace berth::flavor
