#include "registry/token_claims.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "base/json_parser.hpp"
#include "registry/scope_set.hpp"

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
  auto claims = base::parse_json(*text, "a token", {std::size_t{256} << 10U, 16, 10'000});
  if (!claims) return std::nullopt;
  return std::move(*claims);
}

bool allows_push(std::string_view actions) {
  return actions == "*" || ("," + std::string(actions) + ",").find(",push,") != std::string::npos;
}

// Returns "pull,push", escaped; empty if the entry has no list.
std::string actions_of_entry(const base::Json& entry) {
  const base::Json* list = entry.find("actions");
  std::vector<std::string> actions;
  if (list == nullptr || !list->is_array()) return {};
  for (const auto& action : *list->as_array())
    if (action.is_string()) actions.push_back(base::escape(*action.as_string(), 40));
  return fmt::format("{}", fmt::join(actions, ","));
}

}  // namespace

std::optional<std::string> granted_actions(const base::Secret& token, const std::string& scope) {
  const auto claims = claims_of(token.reveal());
  const base::Json* access = claims ? claims->find("access") : nullptr;
  if (access == nullptr || !access->is_array()) return std::nullopt;
  if (scope.find(':') == scope.rfind(':')) return std::nullopt;
  const std::string name = repository_of(scope);
  std::vector<std::string> actions;
  for (const auto& entry : *access->as_array())
    if (entry.string_or("name", "") == name)
      if (auto granted = actions_of_entry(entry); !granted.empty())
        actions.push_back(std::move(granted));
  return fmt::format("{}", fmt::join(actions, ","));
}

bool denies_push(const base::Secret& token) {
  const auto claims = claims_of(token.reveal());
  const base::Json* access = claims ? claims->find("access") : nullptr;
  if (access == nullptr || !access->is_array()) return false;
  const auto& entries = *access->as_array();
  return std::none_of(entries.begin(), entries.end(),
                      [](const base::Json& entry) { return allows_push(actions_of_entry(entry)); });
}

std::optional<double> token_lifetime(const base::Secret& token) {
  const auto claims = claims_of(token.reveal());
  const base::Json* end = claims ? claims->find("exp") : nullptr;
  const base::Json* begin = claims ? claims->find("iat") : nullptr;
  if (end == nullptr || begin == nullptr || !end->as_double() || !begin->as_double())
    return std::nullopt;
  return *end->as_double() - *begin->as_double();
}

}  // namespace berth::registry
