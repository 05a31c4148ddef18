// The INI files of command-line tools: ~/.aws/config, ~/.aws/credentials, gcloud's configurations. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace berth::cloud {

// Sections as they are named between the brackets; keys in lower case. A line that begins with a blank after a key
// without a value is a key of its own below that one: "ecr.endpoint_url" in
//   [services local]
//   ecr =
//     endpoint_url = http://localhost:4566
// Lines that begin with '#' or ';' are comments; so is what follows " #" or " ;". The last of two equal keys counts,
// and sections of one name are one.
class IniFile {
 public:
  // What could not be read is left out; `first_bad_line` says where that began (0: nowhere).
  static IniFile parse(std::string_view text);

  [[nodiscard]] bool has(const std::string& section) const { return sections_.count(section) != 0; }
  [[nodiscard]] std::optional<std::string> get(const std::string& section, const std::string& key) const;
  [[nodiscard]] int first_bad_line() const { return first_bad_line_; }

 private:
  std::map<std::string, std::map<std::string, std::string>> sections_;
  int first_bad_line_ = 0;
};

}  // namespace berth::cloud
