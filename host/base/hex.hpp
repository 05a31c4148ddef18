// Returns the value of a hexadecimal digit of either case.
#pragma once

#include <optional>

namespace berth::base {

constexpr std::optional<int> hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

}  // namespace berth::base
