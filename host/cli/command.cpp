#include "cli/command.hpp"

#include "base/escape.hpp"

namespace berth::cli {

int Arguments::count(const std::string& option) const {
  const auto found = options.find(option);
  return found == options.end() ? 0 : static_cast<int>(found->second.size());
}

std::optional<std::string> Arguments::value(const std::string& option) const {
  const auto found = options.find(option);
  if (found == options.end() || found->second.empty()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Arguments::values(const std::string& option) const {
  const auto found = options.find(option);
  return found == options.end() ? std::vector<std::string>() : found->second;
}

std::string Arguments::where(const std::string& option) const {
  const auto variable = variables.find(option);
  return variable == variables.end() ? option : variable->second;
}

std::vector<Option> join_options(std::initializer_list<std::vector<Option>> lists) {
  std::vector<Option> joined;
  for (const auto& list : lists) joined.insert(joined.end(), list.begin(), list.end());
  return joined;
}

base::Result<std::vector<std::pair<std::string, std::string>>> pairs(const Arguments& arguments,
                                                                     const std::string& option) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& text : arguments.values(option)) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return base::Error(base::ErrorClass::usage, "usage.pair",
                         option + " requires KEY=VALUE, not " + base::quote(text, 80));
    result.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return result;
}

}  // namespace berth::cli
