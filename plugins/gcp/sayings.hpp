// What Google's registry says when a push fails, and what it means. Pure. Source: README.md.
#pragma once

#include <optional>
#include <string>

#include "cloud/saying.hpp"
#include "gcp/gar_host.hpp"

namespace berth::gcp {

// Who was refused.
struct Asker {
  std::string member;            // as policies name it; empty: not known
  bool sees_repository = false;  // so that it exists
};

std::optional<Explanation> meaning_of(const RegistryError& error, const GarHost& host, const Asker& asker);

}  // namespace berth::gcp
