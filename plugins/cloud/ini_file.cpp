#include "cloud/ini_file.hpp"

#include <algorithm>

#include "cloud/text.hpp"

namespace berth::cloud {
namespace {

std::string_view without_comment(std::string_view value) {
  const auto hash = std::min({value.find(" #"), value.find(" ;"), value.find("\t#"), value.find("\t;")});
  return trimmed(value.substr(0, hash));
}

}  // namespace

IniFile IniFile::parse(std::string_view text) {
  IniFile file;
  std::string section;
  std::string parent;  // the key that a line further in belongs to
  int number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    const std::string_view content = trimmed(line);
    if (content.empty() || content.front() == '#' || content.front() == ';') continue;
    const bool nested = line.front() == ' ' || line.front() == '\t';
    const auto close = content.find(']');
    if (!nested && content.front() == '[' && close != std::string_view::npos) {
      section = trimmed(content.substr(1, close - 1));
      parent.clear();
      file.sections_[section];
      continue;
    }
    const auto equals = content.find('=');
    if (equals == std::string_view::npos || equals == 0 || section.empty()) {
      if (file.first_bad_line_ == 0) file.first_bad_line_ = number;
      continue;
    }
    const std::string key = lower(trimmed(content.substr(0, equals)));
    const std::string value(without_comment(content.substr(equals + 1)));
    if (nested && !parent.empty()) {
      file.sections_[section][parent + "." + key] = value;
      continue;
    }
    parent = value.empty() ? key : std::string();
    file.sections_[section][key] = value;
  }
  return file;
}

std::optional<std::string> IniFile::get(const std::string& section, const std::string& key) const {
  const auto found = sections_.find(section);
  if (found == sections_.end()) return std::nullopt;
  const auto value = found->second.find(key);
  if (value == found->second.end() || value->second.empty()) return std::nullopt;
  return value->second;
}

}  // namespace berth::cloud
