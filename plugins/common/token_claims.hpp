// Claims of a JSON Web Token (RFC 7519). The signature is not verified: use them only for messages
// and timing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <berth/json.hpp>

namespace berth::common {

// Returns the claims; std::nullopt if `token` is not a JWT.
std::optional<Json> token_claims(std::string_view token);
// Returns "exp" in seconds since the Unix epoch; 0 if it is missing or the token is opaque.
std::int64_t token_expiry(std::string_view token);

}  // namespace berth::common
