// ErrorHint: what a misleading error message of a registry means, found by a pattern in it. Pure.
#pragma once

#include <cstddef>
#include <optional>

#include <berth/explanations.hpp>

namespace berth::common {

struct ErrorHint {
  const char* pattern;  // part of the message; ASCII letters match in either case
  const char* cause;
  const char* fix;
};

// Returns the first hint whose pattern matches; std::nullopt if none matches.
template <std::size_t Count>
std::optional<Explanation> explain_error(const RegistryError& error,
                                         const ErrorHint (&hints)[Count]) {
  for (const ErrorHint& hint : hints)
    if (error.message_contains(hint.pattern)) return Explanation{hint.cause, hint.fix};
  return std::nullopt;
}

}  // namespace berth::common
