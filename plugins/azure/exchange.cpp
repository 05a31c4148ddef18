#include "azure/exchange.hpp"

#include <berth/encoding.hpp>
#include <berth/json.hpp>

#include "azure/registry_error.hpp"
#include "common/text.hpp"
#include "common/token_claims.hpp"

namespace berth::azure {

Exchanged exchange_token(common::HostApi& host_api, const AcrHost& host, const EntraToken& token) {
  std::vector<std::pair<std::string, std::string>> fields{{"grant_type", "access_token"},
                                                          {"service", host.login_server}};
  if (!token.tenant.empty()) fields.emplace_back("tenant", token.tenant);
  fields.emplace_back("access_token", token.token);
  const auto response = host_api.send_one({"POST",
                                           "https://" + host.login_server + "/oauth2/exchange",
                                           {{"Content-Type", "application/x-www-form-urlencoded"}},
                                           form_encode(fields),
                                           0,
                                           true});
  const auto json = response.ok() ? Json::parse(response.body) : std::nullopt;
  if (const auto refresh = json ? json->string("refresh_token") : std::nullopt)
    return {RefreshToken{*refresh, common::token_expiry(*refresh), token.source}, {}};
  if (response.status == 0) return {std::nullopt, host.login_server + ": " + response.problem};
  const std::string message =
      std::to_string(response.status) + ": " + registry_error(response.body);
  if (response.status == 401 || response.status == 403)
    return {std::nullopt,
            host.login_server + " rejected the identity of " + token.source + " (" + message +
                "): it has no role on the registry, or is of another tenant",
            true};
  return {std::nullopt,
          host.login_server + " returned no token for " + token.source + " (" + message + ")",
          false, common::is_busy(response) ? common::retry_fix(response) : std::string()};
}

std::string assignee_of(const std::string& token) {
  const auto claims = common::token_claims(token);
  for (const char* name : {"oid", "appid"})
    if (const auto who = claims ? claims->string(name) : std::nullopt) return *who;
  return "OBJECT-ID";
}

std::string assignee_of_user(const std::string& username) {
  constexpr const char* kNoUser =
      "00000000-0000-0000-0000-000000000000";  // with a token of Entra as the password
  constexpr std::size_t kLength = 36;
  const bool is_id = username.size() == kLength &&
                     username.find_first_not_of("0123456789abcdefABCDEF-") == std::string::npos;
  return is_id && username != kNoUser ? username : "OBJECT-ID";
}

std::string role_command(const AcrHost& host, const std::string& assignee) {
  return "az role assignment create --role AcrPush --assignee " + assignee +
         " --scope \"$(az acr show --name " + host.name +
         " --query id --output tsv)\"; with ABAC the role is \"Container Registry Repository "
         "Writer\"";
}

}  // namespace berth::azure
