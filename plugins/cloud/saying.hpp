// What registries say that misleads, and what it means. Pure.
#pragma once

#include <cstddef>
#include <optional>

#include <berth/explanations.hpp>

namespace berth::cloud {

struct Saying {
  const char* words;  // somewhere in the registry's, in any case
  const char* cause;
  const char* fix;
};

// Of the first that fits.
template <std::size_t Count>
std::optional<Explanation> meaning_of(const RegistryError& error, const Saying (&sayings)[Count]) {
  for (const Saying& saying : sayings)
    if (error.message_contains(saying.words)) return Explanation{saying.cause, saying.fix};
  return std::nullopt;
}

}  // namespace berth::cloud
