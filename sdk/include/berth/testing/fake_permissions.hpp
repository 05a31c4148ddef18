// Internal to testing.hpp: decides what the permissions of a flavor allow, as berth does, on a
// scripted environment and scripted files.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <berth/json.hpp>
#include <berth/testing/patterns.hpp>

namespace berth {
namespace testing {
namespace detail {

using Texts = std::map<std::string, std::string>;

class Permissions {
 public:
  // The references must outlive this object.
  Permissions(const std::vector<std::string>& permissions, const Texts& environment,
              const Texts& files, const Texts& settings, const std::string& uri)
      : permissions_(permissions),
        environment_(environment),
        files_(files),
        settings_(settings),
        uri_(uri) {}

  bool variable(const std::string& name) const {
    return any("env:", [&](const std::string& choice) { return choice == name; });
  }
  bool file(const std::string& path) const {
    return any("file:", [&](const std::string& pattern) { return fits(path, pattern); });
  }
  bool program(const std::vector<std::string>& argv) const {
    std::string line;
    for (const auto& argument : argv) line += (line.empty() ? "" : " ") + argument;
    return any("exec:", [&](const std::string& choice) {
      return !argv.empty() && (choice == argv[0] || choice == line);
    });
  }
  bool request(const std::string& url) const {
    const std::string origin = origin_of(url);
    return any("http:", [&](const std::string& choice) {
      const std::string wanted = origin_of(choice);
      const std::size_t star = wanted.find("*.");
      if (star == std::string::npos) return wanted == origin;
      const std::string end = wanted.substr(star + 1);
      return origin.compare(0, star, wanted, 0, star) == 0 && origin.size() > star + end.size() &&
             origin.compare(origin.size() - end.size(), end.size(), end) == 0;
    });
  }
  bool credentials(const std::string& url) const {
    return any("credentials:",
               [&](const std::string& choice) { return origin_of(choice) == origin_of(url); });
  }
  bool declares(const std::string& permission) const {
    for (const auto& declared : permissions_)
      if (declared == permission) return true;
    return false;
  }

 private:
  // Whether a permission of that kind has a value that `allows` accepts.
  template <typename Allows>
  bool any(const std::string& kind, Allows&& allows) const {
    for (const auto& permission : permissions_) {
      if (permission.rfind(kind, 0) != 0) continue;
      for (const auto& value : values_of(permission.substr(kind.size()), kind == "env:"))
        if (allows(value)) return true;
    }
    return false;
  }

  std::vector<std::string> values_of(std::string value, bool all) const {
    if (value == "{uri}") return {uri_.substr(0, uri_.find('/'))};
    if (value.rfind("{setting ", 0) == 0 && value.back() == '}') {
      const auto set = settings_.find(value.substr(9, value.size() - 10));
      return set == settings_.end() ? std::vector<std::string>()
                                    : std::vector<std::string>{set->second};
    }
    const std::size_t in = value.find(" in ");
    if (value[0] == '{' && in != std::string::npos)
      return values_under(value.substr(1, in - 1), value.substr(in + 4, value.size() - in - 5));
    if (all) return choices_of(value);
    for (const auto& choice : choices_of(value))
      if (const auto filled = filled_in(choice)) return {*filled};
    return {};
  }

  static std::vector<std::string> choices_of(const std::string& value) {
    std::vector<std::string> choices;
    for (std::size_t at = 0; at <= value.size();) {
      const std::size_t end = std::min(value.find('|', at), value.size());
      choices.push_back(value.substr(at, end - at));
      at = end + 1;
    }
    return choices;
  }

  // Replaces the variable; std::nullopt if it is not set or empty.
  std::optional<std::string> filled_in(const std::string& choice) const {
    const std::size_t dollar = choice.find('$');
    if (dollar == std::string::npos) return choice;
    const std::size_t end = std::min(choice.find('/', dollar), choice.size());
    const auto set = environment_.find(choice.substr(dollar + 1, end - dollar - 1));
    if (set == environment_.end() || set->second.empty()) return std::nullopt;
    return choice.substr(0, dollar) + set->second + choice.substr(end);
  }

  // The values of a key in a file: JSON, or lines of KEY = VALUE.
  std::vector<std::string> values_under(const std::string& key, const std::string& choices) const {
    std::vector<std::string> values;
    const auto paths = values_of(choices, false);
    const auto file = paths.empty() ? files_.end() : files_.find(paths.front());
    if (file == files_.end()) return values;
    if (const auto json = Json::parse(file->second)) {
      collect(*json, key, values);
      return values;
    }
    for (std::size_t at = 0; at < file->second.size();) {
      const std::size_t end = std::min(file->second.find('\n', at), file->second.size());
      const std::string line = file->second.substr(at, end - at);
      const std::size_t sign = line.find_first_of("=:");
      if (sign != std::string::npos && trimmed(line.substr(0, sign)) == key)
        values.push_back(trimmed(line.substr(sign + 1)));
      at = end + 1;
    }
    return values;
  }

  static std::string trimmed(const std::string& text) {
    const std::size_t begin = text.find_first_not_of(" \t\r");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
  }

  static void collect(const Json& value, const std::string& key, std::vector<std::string>& into) {
    for (const auto& name : value.names())
      if (name == key && value.string(name)) into.push_back(*value.string(name));
    for (const auto& name : value.names()) collect(*value.find(name), key, into);
    for (const auto& item : value.items()) collect(item, key, into);
  }

  const std::vector<std::string>& permissions_;
  const Texts& environment_;
  const Texts& files_;
  const Texts& settings_;
  const std::string& uri_;
};

}  // namespace detail
}  // namespace testing
}  // namespace berth
