#include "aws/repository_name.hpp"

namespace berth::aws {
namespace {

constexpr std::size_t kMinLength = 2;
constexpr std::size_t kMaxLength = 256;
constexpr std::size_t kMaxPublic = 205;

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_separator(char c) { return c == '.' || c == '_' || c == '-' || c == '/'; }

}  // namespace

std::string validate_repository_name(std::string_view name, bool is_public) {
  const std::size_t longest = is_public ? kMaxPublic : kMaxLength;
  if (name.size() < kMinLength || name.size() > longest)
    return "it has " + std::to_string(name.size()) + " characters, and may have " +
           std::to_string(kMinLength) + " to " + std::to_string(longest);
  for (std::size_t at = 0; at < name.size(); ++at) {
    const std::string place = " at position " + std::to_string(at + 1);
    if (!is_plain(name[at]) && !is_separator(name[at]))
      return "'" + std::string(1, name[at]) + "'" + place +
             " is not a lower-case letter, digit or one of . _ - /";
    // Unlike other registries, ECR takes no "__", "--" or "..".
    if (is_separator(name[at]) && (at == 0 || at + 1 == name.size() || is_separator(name[at + 1])))
      return "'" + std::string(1, name[at]) + "'" + place + " is not between letters or digits";
  }
  return {};
}

std::string suggest_repository_name(std::string_view name, bool is_public) {
  std::string result;
  for (const char c : name) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool extra = is_separator(lower) && (result.empty() || is_separator(result.back()));
    // Of several separators the slash counts: it separates parts of the name.
    if (extra && !result.empty() && lower == '/') result.back() = lower;
    if (!extra) result += lower;
  }
  while (!result.empty() && is_separator(result.back())) result.pop_back();
  return validate_repository_name(result, is_public).empty() ? result : std::string();
}

}  // namespace berth::aws
