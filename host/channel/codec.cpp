#include "channel/codec.hpp"

#include <limits>

#include "base/base64.hpp"
#include "base/utf8.hpp"

namespace berth::channel::detail {

using base::Json;

Json encode_string(Format format, std::size_t max, std::string_view value) {
  if (format == Format::bytes) return base::base64_encode(value);
  return format == Format::text ? value.substr(0, max) : value;
}

bool decode_string(Format format, std::size_t max, const Json& json, std::string& value) {
  const std::string* string = json.as_string();
  if (string == nullptr) return false;
  if (format == Format::exact) value = *string;
  if (format == Format::text) value = string->substr(0, max);
  if (format != Format::bytes) return true;
  auto decoded = base::base64_decode(*string);
  if (decoded) value = std::move(*decoded);
  return decoded.has_value();
}

namespace {

// Sets `value` to `number` if it exists and fits.
template <class V, class N>
bool narrow(const std::optional<N>& number, V& value) {
  if (!number || std::cmp_less(*number, std::numeric_limits<V>::min()) ||
      std::cmp_greater(*number, std::numeric_limits<V>::max()))
    return false;
  value = static_cast<V>(*number);
  return true;
}

}  // namespace

bool decode_number(const Json& json, bool& value) {
  const auto boolean = json.as_bool();
  value = boolean.value_or(false);
  return boolean.has_value();
}
bool decode_number(const Json& json, std::int32_t& value) { return narrow(json.as_int(), value); }
bool decode_number(const Json& json, std::uint32_t& value) { return narrow(json.as_uint(), value); }
bool decode_number(const Json& json, std::int64_t& value) { return narrow(json.as_int(), value); }
bool decode_number(const Json& json, std::uint64_t& value) { return narrow(json.as_uint(), value); }
bool decode_number(const Json& json, double& value) {
  const auto number = json.as_double();
  value = number.value_or(0);
  return number.has_value();
}

std::string wrong_type(std::string_view name) {
  return std::string(name) + " is missing or has another type";
}
std::string too_long(std::string_view name, std::size_t max) {
  return std::string(name) + " is longer than " + std::to_string(max) + " bytes";
}
std::string too_many(std::string_view name, std::size_t count) {
  return std::string(name) + " has more than " + std::to_string(count) + " items";
}
std::string too_large(std::size_t max) {
  return "the request is larger than " + std::to_string(max) + " bytes";
}

std::string not_text(std::string_view name, std::string_view value) {
  if (value.find('\0') != std::string_view::npos)
    return std::string(name) + " contains a zero byte";
  return base::is_utf8(value) ? std::string() : std::string(name) + " is not valid UTF-8";
}

}  // namespace berth::channel::detail
