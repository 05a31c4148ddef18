// Result<T>: a T, or the Error that prevented it. Accessing the wrong one aborts the program.
// Member names are those of std::expected, so that it can replace this class one day.
// Move-only if T or Error is. Not thread-safe.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/error.hpp"

namespace berth::base {

namespace detail {
[[noreturn]] inline void wrong_read(const char* what) {
  std::fprintf(stderr, "berth: this is a bug in berth: a result was read as %s\n", what);
  std::abort();
}
}  // namespace detail

template <typename T>
class [[nodiscard]] Result {
  static_assert(!std::is_same_v<std::remove_cv_t<T>, Error>, "a Result holds a value or an Error");

 public:
  using value_type = T;

  // Implicit: `return value;` and `return Error(...)` are the point.
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  template <typename U, typename = std::enable_if_t<std::is_convertible_v<U&&, T> &&
                                                    !std::is_same_v<std::decay_t<U>, T> &&
                                                    !std::is_same_v<std::decay_t<U>, Error> &&
                                                    !std::is_same_v<std::decay_t<U>, Result>>>
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    check_value();
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    check_value();
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    check_value();
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & {
    check_error();
    return *std::get_if<1>(&state_);
  }
  const Error& error() const& {
    check_error();
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    check_error();
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  void check_value() const {
    if (state_.index() != 0) detail::wrong_read("a value");
  }
  void check_error() const {
    if (state_.index() != 1) detail::wrong_read("an error");
  }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  Error& error() & {
    if (has_value()) detail::wrong_read("an error");
    return *std::get_if<1>(&state_);
  }
  const Error& error() const& {
    if (has_value()) detail::wrong_read("an error");
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    if (has_value()) detail::wrong_read("an error");
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<std::monostate, Error> state_;
};

}  // namespace berth::base

#define BERTH_CONCAT_INNER(a, b) a##b
#define BERTH_CONCAT(a, b) BERTH_CONCAT_INNER(a, b)
#define BERTH_TRY_NAMED(result, declaration, ...)            \
  auto result = (__VA_ARGS__);                               \
  if (!result.has_value()) return std::move(result).error(); \
  declaration = std::move(result).value()

// BERTH_TRY(auto manifest, parse_manifest(bytes)); declares `manifest`, or returns the error from
// this function.
#define BERTH_TRY(declaration, ...) \
  BERTH_TRY_NAMED(BERTH_CONCAT(berth_result_, __LINE__), declaration, __VA_ARGS__)

// BERTH_CHECK(write(file)); returns the error of a Result<void> from this function.
#define BERTH_CHECK(...)                                              \
  do {                                                                \
    if (auto berth_result = (__VA_ARGS__); !berth_result.has_value()) \
      return std::move(berth_result).error();                         \
  } while (false)
