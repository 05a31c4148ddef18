#include "azure/machine_credentials.hpp"

#include <berth/encoding.hpp>
#include <berth/json.hpp>

#include "common/text.hpp"
#include "common/token_claims.hpp"

namespace berth::azure {
namespace {

std::string identity_query(const char* version, const std::string& client_id) {
  std::vector<std::pair<std::string, std::string>> fields{{"api-version", version},
                                                          {"resource", kAudience}};
  if (!client_id.empty()) fields.emplace_back("client_id", client_id);
  return "?" + form_encode(fields);
}

std::optional<std::string> token_in(const common::Response& response) {
  const auto json = response.ok() ? Json::parse(response.body) : std::nullopt;
  return json ? json->string("access_token") : std::nullopt;
}

// Why the response has no token.
std::string fault_of(const common::Response& response) {
  if (response.status == 0) return response.problem;
  const auto json = Json::parse(response.body);
  const std::string message = json ? json->string("error_description").value_or("") : std::string();
  return "it answered status " + std::to_string(response.status) +
         (message.empty() ? "" : ": " + message);
}

}  // namespace

TokenAnswer app_service_token(common::HostApi& host_api, const std::string& client_id) {
  const auto endpoint = host_api.environment_variable("IDENTITY_ENDPOINT");
  const auto header = host_api.environment_variable("IDENTITY_HEADER");
  if (header && !endpoint)
    return {std::nullopt,
            "IDENTITY_HEADER is set, but not IDENTITY_ENDPOINT",
            {},
            "set IDENTITY_ENDPOINT, or unset IDENTITY_HEADER"};
  if (!endpoint || !header)
    return {std::nullopt, {}, "no IDENTITY_ENDPOINT with an IDENTITY_HEADER"};
  const std::string source = "managed identity at IDENTITY_ENDPOINT " + *endpoint;
  const auto response = host_api.send_one({"GET",
                                           *endpoint + identity_query("2019-08-01", client_id),
                                           {{"X-IDENTITY-HEADER", *header}},
                                           {}});
  const auto token = token_in(response);
  if (!token)
    return {std::nullopt,
            source + ": " + fault_of(response),
            {},
            common::is_busy(response) ? common::retry_fix(response)
                                      : "check that this app has the identity, or set "
                                        "AZURE_TOKEN_CREDENTIALS to another source"};
  return {EntraToken{*token, {}, source}, {}};
}

TokenAnswer instance_token(common::HostApi& host_api, const std::string& client_id,
                           bool asked_for) {
  const auto response = host_api.send_one({"GET",
                                           "http://169.254.169.254/metadata/identity/oauth2/token" +
                                               identity_query("2018-02-01", client_id),
                                           {{"Metadata", "true"}},
                                           {},
                                           asked_for ? 0 : common::kMetadataTimeout});
  const auto token = token_in(response);
  const std::string host = "169.254.169.254";
  // Most machines have no such service, and most of Azure's no identity: 4xx.
  if (!token && common::is_missing_service(response))
    return {
        std::nullopt, {}, response.status == 0 ? "no response from " + host : fault_of(response)};
  if (!token)
    return {
        std::nullopt,
        "managed identity at " + host + ": " +
            (response.ok() ? "the response has no access_token" : fault_of(response)),
        {},
        "set AZURE_TOKEN_CREDENTIALS to another source if this machine has no managed identity"};
  return {
      EntraToken{*token,
                 {},
                 "managed identity of this machine" + (client_id.empty() ? "" : ", " + client_id)},
      {}};
}

TokenAnswer command_line_token(common::HostApi& host_api) {
  const std::string source = "az account get-access-token";
  const auto output = host_api.run(
      {"az", "account", "get-access-token", "--output", "json", "--resource", kAudience});
  if (output.is_missing) return {std::nullopt, {}, output.problem};
  if (!output.problem.empty()) return {std::nullopt, source + ": " + output.problem, {}, source};
  const std::string failure = common::failed_program(source, output);
  // Without an account az is not set up; an expired one is broken, although az names the same
  // command.
  const bool has_no_account = output.err.find("'az login' to setup account") != std::string::npos;
  if (output.status != 0 && has_no_account) return {std::nullopt, {}, failure};
  const bool is_expired = output.err.empty() || output.err.find("az login") != std::string::npos;
  if (output.status != 0) return {std::nullopt, failure, {}, is_expired ? "az login" : source};
  const auto json = Json::parse(output.out);
  const auto token = json ? json->string("accessToken") : std::nullopt;
  if (!token)
    return {std::nullopt,
            source + " printed no JSON with an accessToken",
            {},
            source + " --output json"};
  const auto expires = common::token_expiry(*token);
  if (expires != 0 && expires <= host_api.now())
    return {std::nullopt, source + " printed a token that has expired", {}, "az login"};
  return {EntraToken{*token, json->string("tenant").value_or(""), source}, {}};
}

}  // namespace berth::azure
