// Encodings for requests, headers and tokens: base64, hex, percent-encoding, forms. Pure functions;
// all accept any bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <berth/detail/sdk_version.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {
namespace detail {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUnreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

inline std::uint32_t byte_at(std::string_view bytes, std::size_t index) {
  return index < bytes.size() ? static_cast<unsigned char>(bytes[index]) : 0;
}

inline std::size_t base64_value(char c) { return c == '-' ? 62 : c == '_' ? 63 : kBase64.find(c); }

}  // namespace detail

// Encodes by RFC 4648 §4 with padding.
inline std::string base64_encode(std::string_view bytes) {
  std::string result;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::uint32_t three = detail::byte_at(bytes, at) << 16U |
                                detail::byte_at(bytes, at + 1) << 8U |
                                detail::byte_at(bytes, at + 2);
    for (std::size_t digit = 0; digit < 4; ++digit)
      result +=
          at + digit <= bytes.size() ? detail::kBase64[three >> (18U - 6U * digit) & 63U] : '=';
  }
  return result;
}

// Encodes by RFC 4648 §5 without padding, as in JSON Web Tokens.
inline std::string base64url_encode(std::string_view bytes) {
  std::string result = base64_encode(bytes);
  std::replace(result.begin(), result.end(), '+', '-');
  std::replace(result.begin(), result.end(), '/', '_');
  result.erase(std::find(result.begin(), result.end(), '='), result.end());
  return result;
}

// Decodes both alphabets, with or without padding. std::nullopt if `text` is not base64.
inline std::optional<std::string> base64_decode(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const auto value = detail::base64_value(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 255U);
  }
  return bytes;
}

// Encodes in lower case.
inline std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (std::size_t at = 0; at < bytes.size(); ++at)
    result += {digits[detail::byte_at(bytes, at) >> 4U], digits[detail::byte_at(bytes, at) & 15U]};
  return result;
}

// Encodes all bytes except letters, digits and "-._~" as %XX in upper case (RFC 3986).
inline std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (detail::kUnreserved.find(c) != std::string_view::npos)
      result += c;
    else
      result += {'%', digits[byte >> 4U], digits[byte & 15U]};
  }
  return result;
}

// Encodes application/x-www-form-urlencoded; keeps the order of `fields`.
inline std::string form_encode(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string result;
  for (const auto& field : fields) {
    if (!result.empty()) result += '&';
    result += percent_encode(field.first) + "=" + percent_encode(field.second);
  }
  return result;
}

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
