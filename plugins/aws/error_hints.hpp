// ECR's error messages that mislead, and what they mean. Pure.
#pragma once

#include <optional>
#include <string>

#include "aws/ecr_host.hpp"
#include "aws/sts.hpp"
#include "common/error_hint.hpp"

namespace berth::aws {

std::optional<Explanation> explain_error(const RegistryError& error, const EcrHost& host);

// Whether the registry denies a request of these credentials, and what that means. `source`: of the
// keys in use; empty without keys.
bool is_denial(const RegistryError& error);
Explanation explain_denial(const EcrHost& host, const std::optional<Caller>& caller,
                           const std::string& source);

// Whether the registry rejects a token because it, or the keys that it was issued for, have
// expired.
bool is_expiry(const RegistryError& error);

}  // namespace berth::aws
