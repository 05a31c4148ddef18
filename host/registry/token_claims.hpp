// What a bearer token says of itself: nothing is verified, and many tokens say nothing.
// Source: RFC 7519; Docker Registry v2, "Token Authentication Implementation" (the claim "access").
#pragma once

#include <optional>
#include <string>

#include "base/secret.hpp"

namespace berth::registry {

// The actions that `token` grants on the repository of `scope` ("pull"); empty: none; nothing: the token does not tell.
std::optional<std::string> granted_actions(const base::Secret& token, const std::string& scope);

// Whether `token` lists what it grants, and the action push on the repository of `scope` is not in it. False if it
// grants push on a repository of another name only: the registry may know ours by that name.
bool denies_push(const base::Secret& token, const std::string& scope);

// How long it is good for from when it was made ("exp" less "iat"), whatever a clock says; nothing: it does not tell.
std::optional<double> token_lifetime(const base::Secret& token);

}  // namespace berth::registry
