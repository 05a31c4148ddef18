// Internal: checks the static members of a flavor class at compile time, so that a member that
// would be ignored or refused by the host is an error of the compiler.
#pragma once

#include <cstddef>
#include <string_view>

#include <berth/detail/member_names.hpp>
#include <berth/detail/note.hpp>
#include <berth/detail/sdk_version.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {
namespace detail {

constexpr bool is_one_of(char c, std::string_view characters) {
  for (const char other : characters)
    if (c == other) return true;
  return false;
}
constexpr bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

constexpr bool is_flavor_name(std::string_view name) {
  if (name.empty() || name.size() > 63 || name[0] == '-') return false;
  for (const char c : name)
    if (!is_lower_or_digit(c) && c != '-') return false;
  return true;
}

// At most `max` bytes without control characters.
constexpr bool is_text(std::string_view text, std::size_t max = 512) {
  for (const char c : text)
    if ((c >= 0 && c < ' ') || c == 0x7f) return false;
  return text.size() <= max;
}

constexpr bool is_claim(std::string_view claim) {
  if (claim == "*") return true;
  if (claim.substr(0, 2) == "*.") claim = claim.substr(2);
  for (const char c : claim)
    if (!is_lower_or_digit(c) && !is_one_of(c, "-.:")) return false;
  return !claim.empty() && claim.size() <= 512;
}

constexpr bool is_permission(std::string_view permission) {
  if (!is_text(permission, 4096)) return false;
  for (const std::string_view kind : {"env:", "file:", "exec:", "http:", "credentials:"})
    if (permission.size() > kind.size() && permission.substr(0, kind.size()) == kind) return true;
  return false;
}

constexpr bool is_finding(std::string_view flavor, const FindingKind& kind) {
  const std::string_view code(kind.code);
  const std::string_view description(kind.description);
  if (code.size() <= flavor.size() + 1 || code.size() > 126) return false;
  if (code.substr(0, flavor.size()) != flavor || code[flavor.size()] != '.') return false;
  for (const char c : code)
    if (!is_lower_or_digit(c) && !is_one_of(c, "-.")) return false;
  return !description.empty() && is_text(description, 400);
}

template <typename Class>
constexpr bool has_valid_claims() {
  for (std::size_t i = 0; i < claims_of<Class>::size; ++i)
    if (!is_claim(claims_of<Class>::at(i))) return false;
  return true;
}
template <typename Class>
constexpr bool has_valid_permissions() {
  for (std::size_t i = 0; i < permissions_of<Class>::size; ++i)
    if (!is_permission(permissions_of<Class>::at(i))) return false;
  return true;
}
template <typename Class>
constexpr bool has_valid_findings() {
  for (std::size_t i = 0; i < findings_of<Class>::size; ++i)
    if (!is_finding(Class::FLAVOR, findings_of<Class>::at(i))) return false;
  return true;
}

template <typename Class>
constexpr std::size_t count_entries() {
  std::size_t count = 0;
  each_entry<Class>([&count](int, auto...) { ++count; });
  return count;
}

template <typename Class>
constexpr void check_members() {
  check_names<Class>();
  static_assert(is_flavor_name(Class::FLAVOR),
                "FLAVOR is a name of [a-z0-9][a-z0-9-]*, at most 63 characters");
  static_assert(!std::string_view(Class::VERSION).empty() && is_text(Class::VERSION),
                "VERSION has 1 to 512 bytes and no control characters");
  static_assert(is_text(description_of<Class>::value),
                "DESCRIPTION has at most 512 bytes and no control characters");
  static_assert(is_text(username_hint_of<Class>::value) && is_text(password_hint_of<Class>::value),
                "a hint has at most 512 bytes and no control characters");
  static_assert(has_valid_claims<Class>(),
                "a claim is \"*\", \"*.acme.example\", \"acme.example\" or \"acme.example:5000\"");
  static_assert(has_valid_permissions<Class>(),
                "a permission starts with env:, file:, exec:, http: or credentials:");
  static_assert(has_valid_findings<Class>(),
                "a finding has a code that starts with FLAVOR and a dot, of [a-z0-9.-], and a "
                "description of at most 400 bytes");
  static_assert(count_entries<Class>() <= 4096, "at most 4,096 claims, permissions and findings");
  static_assert(metadata_size<Class>() <= (std::size_t{1} << 20U), "the metadata exceed 1 MiB");
}

}  // namespace detail
}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
