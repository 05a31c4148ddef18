#include "common/ini_file.hpp"

#include <algorithm>

#include "common/text.hpp"

namespace berth::common {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view without_comment(std::string_view value) {
  const auto hash =
      std::min({value.find(" #"), value.find(" ;"), value.find("\t#"), value.find("\t;")});
  return trimmed(value.substr(0, hash));
}

bool has_control_character(std::string_view line) {
  return std::any_of(line.begin(), line.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < ' ' && c != '\t') || byte == 0x7F;
  });
}

// "profile dev" of "profile  "dev"".
std::string section_name(std::string_view text) {
  std::string name;
  for (const char c : trimmed(text)) {
    const bool blank = c == ' ' || c == '\t';
    if (c == '"' || c == '\'' || (blank && ends_with(name, " "))) continue;
    name += blank ? ' ' : c;
  }
  return name;
}

// Reads line by line.
class Reader {
 public:
  using Sections = std::map<std::string, std::map<std::string, std::string>>;

  // What is wrong with the line; empty if nothing is.
  std::string take(std::string_view line) {
    const std::string_view content = trimmed(line);
    if (content.empty() || content.front() == '#' || content.front() == ';') return {};
    if (has_control_character(content)) return "holds a control character";
    const bool indented = line.front() == ' ' || line.front() == '\t';
    if (!indented && content.front() == '[') return take_section(content);
    const auto sign = content.find_first_of("=:");
    const bool is_key = sign != std::string_view::npos && sign != 0;
    if (section_.empty()) return "comes before the first [section]";
    if (!is_key && indented && !continued_.empty()) return take_continuation(content);
    if (!is_key) return "is neither a section nor key = value";
    take_key(lower(trimmed(content.substr(0, sign))),
             std::string(without_comment(content.substr(sign + 1))), indented);
    return {};
  }
  Sections& sections() { return sections_; }

 private:
  std::string take_section(std::string_view content) {
    const auto close = content.find(']');
    if (close == std::string_view::npos) return "begins a section without a ]";
    section_ = section_name(content.substr(1, close - 1));
    if (section_.empty()) return "names no section";
    parent_.clear();
    continued_.clear();
    sections_[section_];
    return {};
  }
  std::string take_continuation(std::string_view content) {
    (sections_[section_][continued_] += " ") += without_comment(content);
    return {};
  }
  void take_key(const std::string& key, std::string value, bool indented) {
    if (indented && !parent_.empty()) {
      sections_[section_][parent_ + "." + key] = std::move(value);
      return;
    }
    parent_ = value.empty() ? key : std::string();
    continued_ = value.empty() ? std::string() : key;
    sections_[section_][key] = std::move(value);
  }

  Sections sections_;
  std::string section_;
  std::string parent_;     // the key without a value that indented keys belong to
  std::string continued_;  // the key that indented text continues
};

}  // namespace

IniFile IniFile::parse(std::string_view text) {
  if (starts_with(text, kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  IniFile file;
  Reader reader;
  int number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    const std::string fault = reader.take(line);
    if (!fault.empty() && file.fault_.empty())
      file.fault_ = "line " + std::to_string(number) + " " + fault;
  }
  file.sections_ = std::move(reader.sections());
  return file;
}

bool IniFile::has(const std::string& section, const std::string& key) const {
  const auto found = sections_.find(section);
  return found != sections_.end() && found->second.count(key) != 0;
}

std::optional<std::string> IniFile::get(const std::string& section, const std::string& key) const {
  if (!has(section, key)) return std::nullopt;
  const std::string& value = sections_.at(section).at(key);
  return value.empty() ? std::nullopt : std::optional(value);
}

std::vector<std::string> IniFile::sections() const {
  std::vector<std::string> names;
  for (const auto& [name, keys] : sections_) names.push_back(name);
  return names;
}

}  // namespace berth::common
