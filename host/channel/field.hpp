// Fields of the messages between host and worker. A message is a struct with a static tuple
// kFields, which names its members with their types and limits:
//
//   struct Request {
//     std::string path;
//     static constexpr auto kFields = fields(bytes("path", &Request::path, kMaxText));
//   };
//
// codec.hpp encodes and decodes messages by it.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

namespace berth::channel {

// Maximum size of a plugin's string; the rest is truncated. abi.h, "Rules".
inline constexpr std::size_t kMaxText = 4096;
// Maximum number of bytes in one request of a plugin. abi.h, "exec/1".
inline constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;
// For fields that the size of a frame limits.
inline constexpr std::size_t kAnySize = static_cast<std::size_t>(-1);

// How a string is sent, and what happens if it is longer than its limit.
enum class Format {
  text,   // for people: truncated
  exact,  // UTF-8: rejected
  bytes,  // any bytes, as base64: rejected
};

// A member of the message M. `max` limits a string, or each string of a list, in bytes; `count` is
// the maximum number of items of a list.
template <class M, class V>
struct Field {
  std::string_view name;
  V M::*member;
  Format format;
  std::size_t max;
  std::size_t count;
};

// A boolean, a number, another message, or an optional of these.
template <class M, class V>
constexpr Field<M, V> value(std::string_view name, V M::*member) {
  return {name, member, Format::exact, kAnySize, kAnySize};
}
template <class M, class V>
constexpr Field<M, V> text(std::string_view name, V M::*member, std::size_t max = kMaxText) {
  return {name, member, Format::text, max, kAnySize};
}
template <class M, class V>
constexpr Field<M, V> exact(std::string_view name, V M::*member, std::size_t max) {
  return {name, member, Format::exact, max, kAnySize};
}
// A std::string or base::Secret.
template <class M, class V>
constexpr Field<M, V> bytes(std::string_view name, V M::*member, std::size_t max) {
  return {name, member, Format::bytes, max, kAnySize};
}
// A list of messages, or of strings in one of the formats.
template <class M, class V>
constexpr Field<M, std::vector<V>> list(std::string_view name, std::vector<V> M::*member,
                                        std::size_t count, Format format = Format::exact,
                                        std::size_t max = kAnySize) {
  return {name, member, format, max, count};
}

template <class... F>
constexpr std::tuple<F...> fields(F... all) {
  return {all...};
}

template <class M>
concept Message = requires {
  std::tuple_size<std::remove_cvref_t<decltype(M::kFields)>>::value;
};

// A message that also limits the sum of the sizes of its strings: by a static member kMaxContent.
template <class M>
concept SizedMessage = Message<M> && requires {
  { M::kMaxContent } -> std::convertible_to<std::size_t>;
};

// A message without members.
struct Empty {
  static constexpr std::tuple<> kFields{};
};

template <class V>
inline constexpr bool kIsOptional = false;
template <class V>
inline constexpr bool kIsOptional<std::optional<V>> = true;
template <class V>
inline constexpr bool kIsList = false;
template <class V>
inline constexpr bool kIsList<std::vector<V>> = true;

}  // namespace berth::channel
