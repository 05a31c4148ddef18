// Error messages of Google's registry, and what they mean. Pure. Source: README.md.
#pragma once

#include <optional>
#include <string>

#include "common/error_hint.hpp"
#include "gcp/gar_host.hpp"

namespace berth::gcp {

// The identity that was denied.
struct Caller {
  std::string member;            // as policies name it; empty: not known
  bool sees_repository = false;  // so that it exists
};

std::optional<Explanation> explain_error(const RegistryError& error, const GarHost& host,
                                         const Caller& caller);

}  // namespace berth::gcp
