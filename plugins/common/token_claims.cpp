#include "common/token_claims.hpp"

#include <berth/encoding.hpp>

#include "common/text.hpp"

namespace berth::common {

std::optional<Json> token_claims(std::string_view token) {
  const auto parts = split(token, '.');
  if (parts.size() != 3) return std::nullopt;
  const auto claims = base64_decode(parts[1]);
  return claims ? Json::parse(*claims) : std::nullopt;
}

std::int64_t token_expiry(std::string_view token) {
  constexpr double latest = 1e11;
  const auto claims = token_claims(token);
  const double expiry = claims ? claims->number("exp").value_or(0) : 0;
  return expiry > 0 && expiry < latest ? static_cast<std::int64_t>(expiry) : 0;
}

}  // namespace berth::common
