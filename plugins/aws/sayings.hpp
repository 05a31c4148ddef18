// What ECR says when a push fails, and what it means.
#pragma once

#include <optional>
#include <string>

#include "aws/ecr_host.hpp"
#include "cloud/saying.hpp"

namespace berth::aws {

std::optional<Explanation> meaning_of(const RegistryError& error, const EcrHost& host);

// Whether the registry refuses whoever asks, and what that means. `caller`: their ARN; empty: not known.
bool is_denial(const RegistryError& error);
Explanation meaning_of_denial(const std::string& caller);

}  // namespace berth::aws
