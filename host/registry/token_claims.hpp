// Reads the claims in a bearer token. They are not verified, and many tokens have none.
// Source: RFC 7519; Docker Registry v2, "Token Authentication Implementation" (the claim "access").
#pragma once

#include <optional>
#include <string>

#include "base/secret.hpp"

namespace berth::registry {

// Returns the actions that `token` grants on the repository of `scope` ("pull"); an empty string if
// it grants none; std::nullopt if it does not list them.
std::optional<std::string> granted_actions(const base::Secret& token, const std::string& scope);

// Returns whether `token` lists what it grants, without push on any repository. Push on a
// repository of another name counts: the registry may use that name for the same repository.
bool denies_push(const base::Secret& token);

// Returns the token's lifetime in seconds ("exp" minus "iat"), independent of any clock;
// std::nullopt if a claim is missing.
std::optional<double> token_lifetime(const base::Secret& token);

}  // namespace berth::registry
