// Internal: checks the names of the static members of a flavor class at compile time: a member that
// is not public, or whose name is misspelt, would have no effect.
#pragma once

#include <type_traits>

#include <berth/detail/sdk_version.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {
namespace detail {

// declares_MEMBER: the class has a member of that name, public or not. The lookup in a class that
// inherits the name twice is ambiguous. accesses_MEMBER: it is public.
#define BERTH_DETAIL_FIND_MEMBER(MEMBER)                                              \
  struct Has##MEMBER {                                                                \
    int MEMBER;                                                                       \
  };                                                                                  \
  template <typename Class>                                                           \
  struct With##MEMBER : Class, Has##MEMBER {};                                        \
  template <typename Class, typename = void>                                          \
  struct declares_##MEMBER : std::true_type {};                                       \
  template <typename Class>                                                           \
  struct declares_##MEMBER<Class, std::void_t<decltype(With##MEMBER<Class>::MEMBER)>> \
      : std::false_type {};                                                           \
  template <typename Class, typename = void>                                          \
  struct accesses_##MEMBER : std::false_type {};                                      \
  template <typename Class>                                                           \
  struct accesses_##MEMBER<Class, std::void_t<decltype(Class::MEMBER)>> : std::true_type {};

// A class that is final has no derived class to look into.
#define BERTH_DETAIL_DECLARES(MEMBER) \
  std::conditional_t<std::is_final<Class>::value, std::false_type, declares_##MEMBER<Class>>::value
#define BERTH_DETAIL_PUBLIC(MEMBER)                                                \
  static_assert(!BERTH_DETAIL_DECLARES(MEMBER) || accesses_##MEMBER<Class>::value, \
                #MEMBER " is not public")
#define BERTH_DETAIL_NOT(MEMBER, RIGHT) \
  static_assert(!BERTH_DETAIL_DECLARES(MEMBER), #MEMBER " is ignored: did you mean " #RIGHT "?")

BERTH_DETAIL_FIND_MEMBER(FLAVOR)
BERTH_DETAIL_FIND_MEMBER(VERSION)
BERTH_DETAIL_FIND_MEMBER(DESCRIPTION)
BERTH_DETAIL_FIND_MEMBER(SETTINGS)
BERTH_DETAIL_FIND_MEMBER(CLAIMS)
BERTH_DETAIL_FIND_MEMBER(PERMISSIONS)
BERTH_DETAIL_FIND_MEMBER(FINDINGS)
BERTH_DETAIL_FIND_MEMBER(USERNAME_HINT)
BERTH_DETAIL_FIND_MEMBER(PASSWORD_HINT)
BERTH_DETAIL_FIND_MEMBER(MIN_HOST_MINOR)
BERTH_DETAIL_FIND_MEMBER(NAME)
BERTH_DETAIL_FIND_MEMBER(FLAVOUR)
BERTH_DETAIL_FIND_MEMBER(DESCRIPTIONS)
BERTH_DETAIL_FIND_MEMBER(SETTING)
BERTH_DETAIL_FIND_MEMBER(SCHEMA)
BERTH_DETAIL_FIND_MEMBER(CLAIM)
BERTH_DETAIL_FIND_MEMBER(PERMISSION)
BERTH_DETAIL_FIND_MEMBER(PERMISIONS)
BERTH_DETAIL_FIND_MEMBER(FINDING)
BERTH_DETAIL_FIND_MEMBER(FINDING_KINDS)
BERTH_DETAIL_FIND_MEMBER(LOGIN_USER)
BERTH_DETAIL_FIND_MEMBER(LOGIN_SECRET)
BERTH_DETAIL_FIND_MEMBER(USER_HINT)
BERTH_DETAIL_FIND_MEMBER(USERNAME_HINTS)
BERTH_DETAIL_FIND_MEMBER(PASSWORD_HINTS)
BERTH_DETAIL_FIND_MEMBER(MIN_HOST_VERSION)

template <typename Class>
constexpr void check_names() {
  static_assert(accesses_FLAVOR<Class>::value, "the class has no public member FLAVOR");
  static_assert(accesses_VERSION<Class>::value, "the class has no public member VERSION");
  BERTH_DETAIL_PUBLIC(DESCRIPTION);
  BERTH_DETAIL_PUBLIC(SETTINGS);
  BERTH_DETAIL_PUBLIC(CLAIMS);
  BERTH_DETAIL_PUBLIC(PERMISSIONS);
  BERTH_DETAIL_PUBLIC(FINDINGS);
  BERTH_DETAIL_PUBLIC(USERNAME_HINT);
  BERTH_DETAIL_PUBLIC(PASSWORD_HINT);
  BERTH_DETAIL_PUBLIC(MIN_HOST_MINOR);
  BERTH_DETAIL_NOT(NAME, FLAVOR);
  BERTH_DETAIL_NOT(FLAVOUR, FLAVOR);
  BERTH_DETAIL_NOT(DESCRIPTIONS, DESCRIPTION);
  BERTH_DETAIL_NOT(SETTING, SETTINGS);
  BERTH_DETAIL_NOT(SCHEMA, SETTINGS);
  BERTH_DETAIL_NOT(CLAIM, CLAIMS);
  BERTH_DETAIL_NOT(PERMISSION, PERMISSIONS);
  BERTH_DETAIL_NOT(PERMISIONS, PERMISSIONS);
  BERTH_DETAIL_NOT(FINDING, FINDINGS);
  BERTH_DETAIL_NOT(FINDING_KINDS, FINDINGS);
  BERTH_DETAIL_NOT(LOGIN_USER, USERNAME_HINT);
  BERTH_DETAIL_NOT(LOGIN_SECRET, PASSWORD_HINT);
  BERTH_DETAIL_NOT(USER_HINT, USERNAME_HINT);
  BERTH_DETAIL_NOT(USERNAME_HINTS, USERNAME_HINT);
  BERTH_DETAIL_NOT(PASSWORD_HINTS, PASSWORD_HINT);
  BERTH_DETAIL_NOT(MIN_HOST_VERSION, MIN_HOST_MINOR);
}

#undef BERTH_DETAIL_NOT
#undef BERTH_DETAIL_PUBLIC
#undef BERTH_DETAIL_DECLARES
#undef BERTH_DETAIL_FIND_MEMBER

}  // namespace detail
}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
