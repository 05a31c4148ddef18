// Checks the limits of messages (field.hpp).
#pragma once

#include <string>
#include <type_traits>

#include "base/secret.hpp"
#include "channel/field.hpp"

namespace berth::channel {

// Returns why a message exceeds its limits; empty if it does not. Texts are never too long.
template <Message M>
std::string check_limits(const M& message);

// Returns why a string of a request of a plugin is not the text that it must be: invalid UTF-8, or
// a zero byte; empty if all are valid. Strings of the format `bytes` are always valid.
template <Message M>
std::string check_strings(const M& message);

namespace detail {

// What is wrong with a field; empty if it is valid.
std::string wrong_type(std::string_view name);
std::string too_long(std::string_view name, std::size_t max);
std::string too_many(std::string_view name, std::size_t count);
std::string too_large(std::size_t max);
std::string not_text(std::string_view name, std::string_view value);

// Returns the sum of the sizes of the strings.
template <class V>
std::size_t content_size(const V& value) {
  std::size_t size = 0;
  if constexpr (Message<V>)
    std::apply([&](const auto&... field) { ((size += content_size(value.*field.member)), ...); },
               V::kFields);
  else if constexpr (kIsList<V>)
    for (const auto& item : value) size += content_size(item);
  else if constexpr (kIsOptional<V>)
    size = value ? content_size(*value) : 0;
  else if constexpr (std::is_same_v<V, base::Secret>)
    size = value.reveal().size();
  else if constexpr (!std::is_arithmetic_v<V>)
    size = value.size();
  return size;
}

template <class V, class F>
std::string check_value(const F& field, const V& value) {
  if constexpr (Message<V>) {
    return check_limits(value);
  } else if constexpr (kIsOptional<V>) {
    return value ? check_value(field, *value) : std::string();
  } else if constexpr (kIsList<V>) {
    if (value.size() > field.count) return too_many(field.name, field.count);
    for (const auto& item : value)
      if (auto wrong = check_value(field, item); !wrong.empty()) return wrong;
  } else if constexpr (!std::is_arithmetic_v<V>) {
    if (field.format != Format::text && content_size(value) > field.max)
      return too_long(field.name, field.max);
  }
  return {};
}

template <class V, class F>
std::string check_string(const F& field, const V& value) {
  if constexpr (Message<V>) {
    return check_strings(value);
  } else if constexpr (kIsOptional<V>) {
    return value ? check_string(field, *value) : std::string();
  } else if constexpr (kIsList<V>) {
    for (const auto& item : value)
      if (auto wrong = check_string(field, item); !wrong.empty()) return wrong;
  } else if constexpr (std::is_same_v<V, std::string>) {
    if (field.format == Format::exact) return not_text(field.name, value);
  }
  return {};
}

}  // namespace detail

template <Message M>
std::string check_strings(const M& message) {
  std::string wrong;
  std::apply(
      [&](const auto&... field) {
        static_cast<void>(
            ((wrong = detail::check_string(field, message.*field.member)).empty() && ...));
      },
      M::kFields);
  return wrong;
}

template <Message M>
std::string check_limits(const M& message) {
  std::string wrong;
  std::apply(
      [&](const auto&... field) {
        static_cast<void>(
            ((wrong = detail::check_value(field, message.*field.member)).empty() && ...));
      },
      M::kFields);
  if constexpr (SizedMessage<M>)
    if (wrong.empty() && detail::content_size(message) > M::kMaxContent)
      wrong = detail::too_large(M::kMaxContent);
  return wrong;
}

}  // namespace berth::channel
