// What a token says of itself (RFC 7519). Read, never verified: it is not for us to believe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <berth/json.hpp>

namespace berth::common {

// The claims of a JWT; nothing: it is none.
std::optional<Json> token_claims(std::string_view token);
// Its "exp", in seconds since 1970; 0: it has none, or is opaque.
std::int64_t token_expiry(std::string_view token);

}  // namespace berth::common
