// The INI files of command-line tools: ~/.aws/config, ~/.aws/credentials. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::common {

// Sections as they are named between the brackets, without quotes, one blank for several; keys in
// lower case, with '=' or ':' after them. An indented line below a key without a value is a key of
// its own below that one: "ecr.endpoint_url" in
//   [services local]
//   ecr =
//     endpoint_url = http://localhost:4566
// Below a key with a value, an indented line that is not a key continues it. Lines that begin with
// '#' or ';' are comments; so is what follows " #" or " ;". The last of two equal keys counts, and
// sections of one name are one.
class IniFile {
 public:
  // Accepts any bytes; see fault().
  static IniFile parse(std::string_view text);

  [[nodiscard]] bool has(const std::string& section) const { return sections_.count(section) != 0; }
  // Whether the key is written there, with a value or without.
  [[nodiscard]] bool has(const std::string& section, const std::string& key) const;
  // std::nullopt if the key is missing or has no value.
  [[nodiscard]] std::optional<std::string> get(const std::string& section,
                                               const std::string& key) const;
  [[nodiscard]] std::vector<std::string> sections() const;
  // Returns the first invalid line and the reason: "line 3 is neither a section nor key = value";
  // empty if all lines are valid. Never includes the text of the file.
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  std::map<std::string, std::map<std::string, std::string>> sections_;
  std::string fault_;
};

}  // namespace berth::common
