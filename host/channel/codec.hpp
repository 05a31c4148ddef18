// Encodes and decodes the messages of field.hpp. Neither side trusts the other: decode() checks
// that every member exists, has its type and is within its limit, so that a message that was
// decoded can be used as it is. Its work is limited by the size of the frame.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "base/json_value.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "channel/limits.hpp"

namespace berth::channel {
namespace detail {

base::Json encode_string(Format format, std::size_t max, std::string_view value);
// Return false if the JSON value has another type.
bool decode_string(Format format, std::size_t max, const base::Json& json, std::string& value);
bool decode_number(const base::Json& json, bool& value);
bool decode_number(const base::Json& json, std::int32_t& value);
bool decode_number(const base::Json& json, std::uint32_t& value);
bool decode_number(const base::Json& json, std::int64_t& value);
bool decode_number(const base::Json& json, std::uint64_t& value);
bool decode_number(const base::Json& json, double& value);

}  // namespace detail

// Returns `message` as JSON. The limits are not checked, except that texts are truncated.
template <Message M>
base::Json encode(const M& message);

// Returns the message that `json` contains. Members that M does not have are ignored. Errors: class
// plugin, code "plugin.question"; the cause names the member.
template <Message M>
base::Result<M> decode(const base::Json& json);

namespace detail {

template <class V>
base::Json encode_value(Format format, std::size_t max, const V& value) {
  if constexpr (Message<V>) {
    return encode(value);
  } else if constexpr (kIsList<V>) {
    base::Json list = base::Json::array();
    for (const auto& item : value) list.push_back(encode_value(format, max, item));
    return list;
  } else if constexpr (std::is_same_v<V, base::Secret>) {
    return encode_string(Format::bytes, max, value.reveal());
  } else if constexpr (std::is_same_v<V, std::string>) {
    return encode_string(format, max, value);
  } else if constexpr (std::is_same_v<V, std::uint32_t>) {
    return std::uint64_t{value};
  } else {
    return value;
  }
}

// Decodes into `value`; returns what is wrong.
template <class V, class F>
std::string decode_value(const F& field, const base::Json& json, V& value) {
  if constexpr (Message<V>) {
    auto message = decode<V>(json);
    if (!message) return std::string(field.name) + "." + message.error().cause();
    value = std::move(*message);
  } else if constexpr (kIsOptional<V>) {
    return decode_value(field, json, value.emplace());
  } else if constexpr (kIsList<V>) {
    if (!json.is_array()) return wrong_type(field.name);
    if (json.as_array()->size() > field.count) return too_many(field.name, field.count);
    for (const auto& item : *json.as_array())
      if (auto wrong = decode_value(field, item, value.emplace_back()); !wrong.empty())
        return wrong;
  } else if constexpr (std::is_same_v<V, base::Secret>) {
    std::string decoded;
    if (!decode_string(Format::bytes, field.max, json, decoded)) return wrong_type(field.name);
    value = base::Secret(std::move(decoded));
  } else if constexpr (std::is_same_v<V, std::string>) {
    if (!decode_string(field.format, field.max, json, value)) return wrong_type(field.name);
  } else if (!decode_number(json, value)) {
    return wrong_type(field.name);
  }
  return {};
}

}  // namespace detail

template <Message M>
base::Json encode(const M& message) {
  base::Json json = base::Json::object();
  const auto add = [&](const auto& field) {
    const auto& value = message.*field.member;
    if constexpr (!kIsOptional<std::remove_cvref_t<decltype(value)>>)
      json.append_member(std::string(field.name),
                         detail::encode_value(field.format, field.max, value));
    else if (value)
      json.append_member(std::string(field.name),
                         detail::encode_value(field.format, field.max, *value));
  };
  std::apply([&](const auto&... field) { (add(field), ...); }, M::kFields);
  return json;
}

template <Message M>
base::Result<M> decode(const base::Json& json) {
  M message{};
  const auto read = [&](const auto& field) -> std::string {
    auto& value = message.*field.member;
    const base::Json* member = json.find(field.name);
    if (member != nullptr) return detail::decode_value(field, *member, value);
    return kIsOptional<std::remove_cvref_t<decltype(value)>> ? std::string()
                                                             : detail::wrong_type(field.name);
  };
  std::string wrong;
  std::apply(
      [&](const auto&... field) { static_cast<void>(((wrong = read(field)).empty() && ...)); },
      M::kFields);
  if (wrong.empty()) wrong = check_limits(message);
  if (wrong.empty()) return message;
  return base::Error(base::ErrorClass::plugin, "plugin.question", "malformed message")
      .cause(std::move(wrong));
}

}  // namespace berth::channel
