#include "azure/entra.hpp"

#include <berth/encoding.hpp>
#include <berth/json.hpp>

#include "common/text.hpp"
#include "common/time.hpp"

namespace berth::azure {
namespace {

// Source: Microsoft Learn, "Microsoft Entra authentication and authorization error codes".
std::string fix_of(const std::string& error, const Client& client) {
  const struct {
    const char* code;
    std::string fix;
  } fixes[] = {
      {"AADSTS7000215", "set AZURE_CLIENT_SECRET to the value of a secret, not to its ID"},
      {"AADSTS7000222",
       "create a new secret: az ad app credential reset --append --id " + client.id},
      {"AADSTS700016",
       "check AZURE_CLIENT_ID and AZURE_TENANT_ID: az ad sp show --id " + client.id},
      {"AADSTS90002", "check AZURE_TENANT_ID: az account tenant list"},
      {"AADSTS900023", "check AZURE_TENANT_ID: az account tenant list"},
      {"AADSTS700027",
       "upload the certificate: az ad app credential reset --append --cert @FILE.pem --id " +
           client.id},
      {"AADSTS70021",
       "compare issuer and subject: az ad app federated-credential list --id " + client.id},
      {"AADSTS700213",
       "compare issuer and subject: az ad app federated-credential list --id " + client.id},
  };
  for (const auto& one : fixes)
    if (common::starts_with(error, one.code + std::string(":"))) return one.fix;
  return {};
}

}  // namespace

std::string Entra::address(const Client& client) const {
  return authority_ + "/" + percent_encode(client.tenant) + "/oauth2/v2.0/token";
}

TokenAnswer Entra::with_secret(const Client& client, const std::string& secret) {
  return ask(client, {{"client_secret", secret}});
}

TokenAnswer Entra::with_assertion(const Client& client, const std::string& assertion) {
  return ask(client,
             {{"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
              {"client_assertion", assertion}});
}

TokenAnswer Entra::ask(const Client& client, const Fields& proof) {
  Fields fields{{"client_id", client.id},
                {"grant_type", "client_credentials"},
                {"scope", std::string(kAudience) + "/.default"}};
  fields.insert(fields.end(), proof.begin(), proof.end());
  const auto response = host_api_.send_one(
      {"POST",
       address(client),
       {{"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}},
       form_encode(fields),
       0,
       true});
  const auto json = response.ok() ? Json::parse(response.body) : std::nullopt;
  const auto token = json ? json->string("access_token") : std::nullopt;
  if (!token) return refusal(client, response);
  return {EntraToken{*token, client.tenant, client.source}, {}};
}

// "AADSTS7000215: Invalid client secret provided. …", without the numbers for Microsoft's support.
TokenAnswer Entra::refusal(const Client& client, const common::Response& response) const {
  const std::string host = client.source + ": " + common::host_of_url(authority_);
  if (response.status == 0) return {std::nullopt, host + ": " + response.problem};
  if (response.ok()) return {std::nullopt, host + ": the response contains no token"};
  const auto json = Json::parse(response.body);
  const std::string message = json ? json->string("error_description").value_or("") : std::string();
  std::string text(common::trimmed(std::string_view(message).substr(0, message.find("Trace ID:"))));
  if (text.empty()) text = "status " + std::to_string(response.status);
  if (common::is_busy(response))
    return {std::nullopt, host + " returned no token: " + text, {}, common::retry_fix(response)};
  const auto theirs = common::parse_http_date(response.header("date")).value_or(0);
  const std::string clock = common::clock_skew(host_api_.now(), theirs, "theirs");
  if (clock.empty())
    return {std::nullopt, host + " rejected the credentials: " + text, {}, fix_of(text, client)};
  return {std::nullopt,
          host + " rejected the credentials: " + text + " This" +
              clock.substr(std::string("this").size()),
          {},
          std::string("set the clock: ") + common::kClockFix};
}

}  // namespace berth::azure
