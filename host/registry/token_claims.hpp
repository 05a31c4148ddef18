// What a bearer token says of itself, for errors alone: nothing is verified, and many tokens say nothing.
// Source: RFC 7519; Docker Registry v2, "Token Authentication Implementation" (the claim "access").
#pragma once

#include <optional>
#include <string>

#include "base/secret.hpp"

namespace berth::registry {

// The actions that `token` grants on the repository of `scope` ("pull"); empty: none; nothing: the token does not tell.
std::optional<std::string> granted_actions(const base::Secret& token, const std::string& scope);

}  // namespace berth::registry
