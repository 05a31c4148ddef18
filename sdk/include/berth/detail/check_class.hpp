// Internal: finds mistakes in a flavor class while it is compiled. A function of the wrong
// signature does not override, and would never be called.
#pragma once

#include <type_traits>

namespace berth {
namespace detail {

// Whether a class has exactly the virtual function of `Function`, which is that of the base class.
// A private function cannot be examined.
#define BERTH_DETAIL_OVERRIDES(NAME, MEMBER)                                                \
  template <typename Class, typename Function, typename = void>                             \
  struct NAME : std::true_type {};                                                          \
  template <typename Class, typename Result, typename Base, typename... Arguments>          \
  struct NAME<Class, Result (Base::*)(Arguments...), std::void_t<decltype(&Class::MEMBER)>> \
      : std::bool_constant<is_member<Result(Arguments...)>(&Class::MEMBER)> {};

template <typename Signature, typename Class>
constexpr bool is_member(Signature Class::*) {
  return true;
}
template <typename Signature>
constexpr bool is_member(...) {
  return false;
}

BERTH_DETAIL_OVERRIDES(overrides_prepare_image_push, prepare_image_push)
BERTH_DETAIL_OVERRIDES(overrides_before_push, before_push)
BERTH_DETAIL_OVERRIDES(overrides_push_image, push_image)
#undef BERTH_DETAIL_OVERRIDES

template <typename Class, typename Base>
constexpr bool check_overrides() {
  static_assert(overrides_prepare_image_push<Class, decltype(&Base::prepare_image_push)>::value,
                "prepare_image_push would never be called: write void "
                "prepare_image_push(berth::CallContext& call, const berth::Image& image) override");
  static_assert(overrides_before_push<Class, decltype(&Base::before_push)>::value,
                "before_push would never be called: write void before_push(berth::CallContext& "
                "call, const berth::Image& image) override");
  static_assert(overrides_push_image<Class, decltype(&Base::push_image)>::value,
                "push_image would never be called: write void push_image(berth::CallContext& "
                "call, const berth::Image& image) override");
  return true;
}

}  // namespace detail
}  // namespace berth
