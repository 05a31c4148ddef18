// Internal: the static members of a flavor class.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <berth/detail/sdk_version.hpp>
#include <berth/finding.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {
namespace detail {

// Static members of a class, empty if it does not have them.
#define BERTH_DETAIL_TEXT_MEMBER(NAME, MEMBER)               \
  template <typename Class, typename = void>                 \
  struct NAME {                                              \
    static constexpr std::string_view value{};               \
  };                                                         \
  template <typename Class>                                  \
  struct NAME<Class, std::void_t<decltype(Class::MEMBER)>> { \
    static constexpr std::string_view value{Class::MEMBER};  \
  };
BERTH_DETAIL_TEXT_MEMBER(description_of, DESCRIPTION)
BERTH_DETAIL_TEXT_MEMBER(settings_of, SETTINGS)
BERTH_DETAIL_TEXT_MEMBER(username_hint_of, USERNAME_HINT)
BERTH_DETAIL_TEXT_MEMBER(password_hint_of, PASSWORD_HINT)
#undef BERTH_DETAIL_TEXT_MEMBER

#define BERTH_DETAIL_LIST_MEMBER(NAME, MEMBER)                                            \
  template <typename Class, typename = void>                                              \
  struct NAME {                                                                           \
    static constexpr std::size_t size = 0;                                                \
    static constexpr std::string_view at(std::size_t) { return {}; }                      \
  };                                                                                      \
  template <typename Class>                                                               \
  struct NAME<Class, std::void_t<decltype(Class::MEMBER)>> {                              \
    static constexpr std::size_t size = sizeof(Class::MEMBER) / sizeof(Class::MEMBER[0]); \
    static constexpr std::string_view at(std::size_t i) {                                 \
      return std::string_view(Class::MEMBER[i]);                                          \
    }                                                                                     \
  };
BERTH_DETAIL_LIST_MEMBER(claims_of, CLAIMS)
BERTH_DETAIL_LIST_MEMBER(permissions_of, PERMISSIONS)
#undef BERTH_DETAIL_LIST_MEMBER

template <typename Class, typename = void>
struct min_host_minor_of {
  static constexpr std::uint32_t value = 0;
};
template <typename Class>
struct min_host_minor_of<Class, std::void_t<decltype(Class::MIN_HOST_MINOR)>> {
  static constexpr std::uint32_t value = Class::MIN_HOST_MINOR;
};

template <typename Class, typename = void>
struct findings_of {
  static constexpr std::size_t size = 0;
  static constexpr FindingKind at(std::size_t) { return {}; }
};
template <typename Class>
struct findings_of<Class, std::void_t<decltype(Class::FINDINGS)>> {
  static constexpr std::size_t size = sizeof(Class::FINDINGS) / sizeof(Class::FINDINGS[0]);
  static constexpr FindingKind at(std::size_t i) { return *Class::FINDINGS[i]; }
};

constexpr std::string_view severity_name(Severity severity) {
  return severity == error ? " error " : severity == warning ? " warning " : " info ";
}

}  // namespace detail
}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
