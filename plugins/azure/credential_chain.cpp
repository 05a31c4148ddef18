#include "azure/credential_chain.hpp"

#include <algorithm>
#include <optional>

#include "azure/client_assertion.hpp"
#include "azure/machine_credentials.hpp"
#include "common/text.hpp"

namespace berth::azure {
namespace {

constexpr const char* kManagedIdentity = "managedidentitycredential";

// A host or a URL, as a URL without a slash at its end.
std::string authority_of(common::HostApi& host_api, const std::string& usual) {
  std::string authority = host_api.environment_variable("AZURE_AUTHORITY_HOST").value_or(usual);
  if (authority.find("://") == std::string::npos) authority = "https://" + authority;
  while (common::ends_with(authority, "/")) authority.pop_back();
  return authority;
}

// What is broken if `set` is set and one of these is not: the next source would be another
// identity.
std::optional<TokenAnswer> half_set(common::HostApi& host_api, const std::string& set,
                                    const std::vector<const char*>& names) {
  for (const char* name : names)
    if (!host_api.environment_variable(name))
      return TokenAnswer{std::nullopt,
                         set + " is set, but not " + name,
                         {},
                         std::string("set ") + name + ", or unset " + set};
  return std::nullopt;
}

// The answer for a file that cannot be used, which `variable` names; std::nullopt if it can.
std::optional<TokenAnswer> file_fault(const common::File& file, const std::string& source,
                                      const char* variable) {
  std::string fault = file.problem;
  if (!file.found) fault = "the file does not exist";
  if (fault.empty() && common::trimmed(file.text).empty()) fault = "the file is empty";
  if (fault.empty()) return std::nullopt;
  return TokenAnswer{std::nullopt,
                     source + ": " + fault,
                     {},
                     std::string("correct ") + variable + ", or unset it"};
}

}  // namespace

CredentialChain::CredentialChain(common::HostApi& host_api, const std::string& authority)
    : host_api_(host_api),
      narrowed_(common::lower(
          common::trimmed(host_api.environment_variable("AZURE_TOKEN_CREDENTIALS").value_or("")))),
      authority_(authority_of(host_api, authority)),
      entra_(host_api, authority_) {}

TokenAnswer CredentialChain::find() {
  struct Source {
    const char* name;
    const char* group;
    const char* credential;
    TokenAnswer (CredentialChain::*ask)();
  };
  const Source sources[] = {
      {"environment", "prod", "environmentcredential", &CredentialChain::from_environment},
      {"workload identity", "prod", "workloadidentitycredential",
       &CredentialChain::from_workload_identity},
      {"managed identity", "prod", kManagedIdentity, &CredentialChain::from_managed_identity},
      {"az", "dev", "azureclicredential", &CredentialChain::from_command_line}};
  if (common::starts_with(authority_, "http://"))
    return {std::nullopt,
            "AZURE_AUTHORITY_HOST is plain http: " + authority_,
            {},
            "set AZURE_AUTHORITY_HOST to an address that begins with https://, or unset it"};
  bool known = false;
  for (const Source& source : sources) {
    if (!narrowed_.empty() && narrowed_ != source.group && narrowed_ != source.credential) continue;
    known = true;
    TokenAnswer answer = (this->*source.ask)();
    if (answer.token || !answer.problem.empty()) return answer;
    tried_.push_back(std::string(source.name) + ": " + answer.nothing);
  }
  if (!known)
    return {std::nullopt,
            "AZURE_TOKEN_CREDENTIALS is " + narrowed_ + ", which is not supported",
            {},
            "set AZURE_TOKEN_CREDENTIALS to prod, dev, EnvironmentCredential, "
            "WorkloadIdentityCredential, "
            "ManagedIdentityCredential or AzureCliCredential, or unset it"};
  return {};
}

TokenAnswer CredentialChain::from_environment() {
  const auto secret = host_api_.environment_variable("AZURE_CLIENT_SECRET");
  const auto certificate = host_api_.environment_variable("AZURE_CLIENT_CERTIFICATE_PATH");
  // The other two are not a source: AZURE_CLIENT_ID also selects a managed identity, and workflows
  // set both for the login of az.
  if (!secret && !certificate) return {std::nullopt, {}, "no AZURE_CLIENT_SECRET"};
  if (auto broken =
          half_set(host_api_, secret ? "AZURE_CLIENT_SECRET" : "AZURE_CLIENT_CERTIFICATE_PATH",
                   {"AZURE_TENANT_ID", "AZURE_CLIENT_ID"}))
    return *broken;
  Client client{*host_api_.environment_variable("AZURE_TENANT_ID"),
                *host_api_.environment_variable("AZURE_CLIENT_ID"),
                {}};
  client.source = "environment AZURE_CLIENT_SECRET, client " + client.id;
  if (secret) return entra_.with_secret(client, *secret);
  client.source =
      "environment AZURE_CLIENT_CERTIFICATE_PATH " + *certificate + ", client " + client.id;
  return with_certificate(client, *certificate);
}

TokenAnswer CredentialChain::with_certificate(const Client& client, const std::string& path) {
  const common::File file = host_api_.file(path);
  if (auto fault = file_fault(file, client.source, "AZURE_CLIENT_CERTIFICATE_PATH")) return *fault;
  const auto assertion = client_assertion(host_api_, file.text, client.id, entra_.address(client));
  if (!assertion.problem.empty())
    return {std::nullopt, client.source + ": " + assertion.problem, {}, assertion.fix};
  return entra_.with_assertion(client, assertion.jwt);
}

TokenAnswer CredentialChain::from_workload_identity() {
  if (!host_api_.environment_variable("AZURE_FEDERATED_TOKEN_FILE"))
    return {std::nullopt, {}, "no AZURE_FEDERATED_TOKEN_FILE"};
  if (auto broken =
          half_set(host_api_, "AZURE_FEDERATED_TOKEN_FILE", {"AZURE_TENANT_ID", "AZURE_CLIENT_ID"}))
    return *broken;
  const std::string path = *host_api_.environment_variable("AZURE_FEDERATED_TOKEN_FILE");
  Client client{*host_api_.environment_variable("AZURE_TENANT_ID"),
                *host_api_.environment_variable("AZURE_CLIENT_ID"),
                {}};
  client.source = "workload identity AZURE_FEDERATED_TOKEN_FILE " + path + ", client " + client.id;
  const common::File file = host_api_.file(path);
  if (auto fault = file_fault(file, client.source, "AZURE_FEDERATED_TOKEN_FILE")) return *fault;
  return entra_.with_assertion(client, std::string(common::trimmed(file.text)));
}

TokenAnswer CredentialChain::from_managed_identity() {
  const std::string client_id = host_api_.environment_variable("AZURE_CLIENT_ID").value_or("");
  TokenAnswer service = app_service_token(host_api_, client_id);
  if (service.token || !service.problem.empty()) return service;
  return instance_token(host_api_, client_id, narrowed_ == kManagedIdentity);
}

TokenAnswer CredentialChain::from_command_line() { return command_line_token(host_api_); }

}  // namespace berth::azure
