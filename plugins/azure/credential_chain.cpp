#include "azure/credential_chain.hpp"

#include <algorithm>
#include <optional>

#include "azure/client_assertion.hpp"
#include "azure/machine_credentials.hpp"
#include "cloud/text.hpp"

namespace berth::azure {
namespace {

constexpr const char* kManagedIdentity = "managedidentitycredential";

// A host or a URL, as a URL without a slash at its end.
std::string authority_of(cloud::Machine& machine, const std::string& usual) {
  std::string authority = machine.variable("AZURE_AUTHORITY_HOST").value_or(usual);
  if (authority.find("://") == std::string::npos) authority = "https://" + authority;
  while (cloud::ends_with(authority, "/")) authority.pop_back();
  return authority;
}

// What is broken if `set` is set and one of these is not: the next source would be another identity.
std::optional<TokenAnswer> half_set(cloud::Machine& machine, const std::string& set,
                                    const std::vector<const char*>& names) {
  for (const char* name : names)
    if (!machine.variable(name))
      return TokenAnswer{
          std::nullopt, set + " is set, but not " + name, {}, std::string("set ") + name + ", or unset " + set};
  return std::nullopt;
}

// The answer for a file that cannot be used, which `variable` names; std::nullopt if it can.
std::optional<TokenAnswer> file_fault(const cloud::File& file, const std::string& source, const char* variable) {
  std::string fault = file.problem;
  if (!file.found) fault = "the file does not exist";
  if (fault.empty() && cloud::trimmed(file.text).empty()) fault = "the file is empty";
  if (fault.empty()) return std::nullopt;
  return TokenAnswer{std::nullopt, source + ": " + fault, {}, std::string("correct ") + variable + ", or unset it"};
}

}  // namespace

CredentialChain::CredentialChain(cloud::Machine& machine, const std::string& authority)
    : machine_(machine),
      narrowed_(cloud::lower(cloud::trimmed(machine.variable("AZURE_TOKEN_CREDENTIALS").value_or("")))),
      authority_(authority_of(machine, authority)),
      entra_(machine, authority_) {}

TokenAnswer CredentialChain::find() {
  struct Source {
    const char* name;
    const char* group;
    const char* credential;
    TokenAnswer (CredentialChain::*ask)();
  };
  const Source sources[] = {
      {"environment", "prod", "environmentcredential", &CredentialChain::from_environment},
      {"workload identity", "prod", "workloadidentitycredential", &CredentialChain::from_workload_identity},
      {"managed identity", "prod", kManagedIdentity, &CredentialChain::from_managed_identity},
      {"az", "dev", "azureclicredential", &CredentialChain::from_command_line}};
  if (cloud::starts_with(authority_, "http://"))
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
            "set AZURE_TOKEN_CREDENTIALS to prod, dev, EnvironmentCredential, WorkloadIdentityCredential, "
            "ManagedIdentityCredential or AzureCliCredential, or unset it"};
  return {};
}

TokenAnswer CredentialChain::from_environment() {
  const auto secret = machine_.variable("AZURE_CLIENT_SECRET");
  const auto certificate = machine_.variable("AZURE_CLIENT_CERTIFICATE_PATH");
  // The other two are not a source: AZURE_CLIENT_ID also selects a managed identity, and workflows set both for the
  // login of az.
  if (!secret && !certificate) return {std::nullopt, {}, "no AZURE_CLIENT_SECRET"};
  if (auto broken = half_set(machine_, secret ? "AZURE_CLIENT_SECRET" : "AZURE_CLIENT_CERTIFICATE_PATH",
                             {"AZURE_TENANT_ID", "AZURE_CLIENT_ID"}))
    return *broken;
  Client client{*machine_.variable("AZURE_TENANT_ID"), *machine_.variable("AZURE_CLIENT_ID"), {}};
  client.source = "environment AZURE_CLIENT_SECRET, client " + client.id;
  if (secret) return entra_.with_secret(client, *secret);
  client.source = "environment AZURE_CLIENT_CERTIFICATE_PATH " + *certificate + ", client " + client.id;
  return with_certificate(client, *certificate);
}

TokenAnswer CredentialChain::with_certificate(const Client& client, const std::string& path) {
  const cloud::File file = machine_.file(path);
  if (auto fault = file_fault(file, client.source, "AZURE_CLIENT_CERTIFICATE_PATH")) return *fault;
  const auto assertion = client_assertion(machine_, file.text, client.id, entra_.address(client));
  if (!assertion.problem.empty()) return {std::nullopt, client.source + ": " + assertion.problem, {}, assertion.fix};
  return entra_.with_assertion(client, assertion.jwt);
}

TokenAnswer CredentialChain::from_workload_identity() {
  if (!machine_.variable("AZURE_FEDERATED_TOKEN_FILE")) return {std::nullopt, {}, "no AZURE_FEDERATED_TOKEN_FILE"};
  if (auto broken = half_set(machine_, "AZURE_FEDERATED_TOKEN_FILE", {"AZURE_TENANT_ID", "AZURE_CLIENT_ID"}))
    return *broken;
  const std::string path = *machine_.variable("AZURE_FEDERATED_TOKEN_FILE");
  Client client{*machine_.variable("AZURE_TENANT_ID"), *machine_.variable("AZURE_CLIENT_ID"), {}};
  client.source = "workload identity AZURE_FEDERATED_TOKEN_FILE " + path + ", client " + client.id;
  const cloud::File file = machine_.file(path);
  if (auto fault = file_fault(file, client.source, "AZURE_FEDERATED_TOKEN_FILE")) return *fault;
  return entra_.with_assertion(client, std::string(cloud::trimmed(file.text)));
}

TokenAnswer CredentialChain::from_managed_identity() {
  const std::string client_id = machine_.variable("AZURE_CLIENT_ID").value_or("");
  TokenAnswer service = app_service_token(machine_, client_id);
  if (service.token || !service.problem.empty()) return service;
  return instance_token(machine_, client_id, narrowed_ == kManagedIdentity);
}

TokenAnswer CredentialChain::from_command_line() { return command_line_token(machine_); }

}  // namespace berth::azure
