#include "registry/token_claims.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "base/json.hpp"

namespace berth::registry {
namespace {

std::optional<base::Json> claims_of(std::string_view token) {
  const auto begin = token.find('.');
  const auto end = begin == std::string_view::npos ? begin : token.find('.', begin + 1);
  if (end == std::string_view::npos) return std::nullopt;
  // RFC 7515, section 2: base64url without padding.
  std::string payload(token.substr(begin + 1, end - begin - 1));
  std::replace(payload.begin(), payload.end(), '-', '+');
  std::replace(payload.begin(), payload.end(), '_', '/');
  const auto text = base::base64_decode(payload);
  if (!text) return std::nullopt;
  auto claims = base::Json::parse(*text, "a token", {std::size_t{256} << 10U, 16, 10'000});
  if (!claims) return std::nullopt;
  return std::move(*claims);
}

}  // namespace

std::optional<std::string> granted_actions(const base::Secret& token, const std::string& scope) {
  const auto claims = claims_of(token.reveal());
  const base::Json* access = claims ? claims->find("access") : nullptr;
  if (access == nullptr || !access->is_array()) return std::nullopt;
  // "repository:NAME:ACTIONS"; a name may hold a colon of a port.
  const auto first = scope.find(':');
  const auto last = scope.rfind(':');
  if (first == last) return std::nullopt;
  const std::string name = scope.substr(first + 1, last - first - 1);
  std::vector<std::string> actions;
  for (const auto& entry : *access->as_array()) {
    const base::Json* list = entry.find("actions");
    if (entry.string_or("name", "") != name || list == nullptr || !list->is_array()) continue;
    for (const auto& action : *list->as_array())
      if (action.is_string()) actions.push_back(base::escape(*action.as_string(), 40));
  }
  return fmt::format("{}", fmt::join(actions, ","));
}

std::optional<double> token_lifetime(const base::Secret& token) {
  const auto claims = claims_of(token.reveal());
  const base::Json* end = claims ? claims->find("exp") : nullptr;
  const base::Json* begin = claims ? claims->find("iat") : nullptr;
  if (end == nullptr || begin == nullptr || !end->as_double() || !begin->as_double()) return std::nullopt;
  return *end->as_double() - *begin->as_double();
}

}  // namespace berth::registry
