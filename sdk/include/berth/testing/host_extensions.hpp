// Internal to testing.hpp: calls the extensions of the flavor.
#pragma once

#include <string>

#include <berth/testing/check_results.hpp>
#include <berth/testing/host_calls.hpp>

namespace berth {
namespace testing {
namespace detail {

// Receives a credential; keeps why it violates the contract.
struct CredentialReceiver {
  std::optional<Credential> received{};
  std::string problem{};
  berth_credential_sink sink{this, &CredentialReceiver::take};

  static void take(void* context, const berth_credential* credential) noexcept {
    auto& self = *static_cast<CredentialReceiver*>(context);
    self.problem = credential_problem(*credential);
    const std::string secret = copy(credential->secret);
    const std::string source = copy(credential->source);
    if (credential->kind == BERTH_CREDENTIAL_IDENTITY_TOKEN)
      self.received = Credential::identity_token(secret, source, credential->expires_at);
    else if (credential->kind == BERTH_CREDENTIAL_REGISTRY_TOKEN)
      self.received = Credential::registry_token(secret, source, credential->expires_at);
    else
      self.received =
          Credential::password(copy(credential->username), secret, source, credential->expires_at);
  }
};

inline berth_registry_error registry_error(const RegistryError& from) {
  berth_registry_error error{};
  error.size = sizeof error;
  error.code = view(from.code);
  error.message = view(from.message);
  error.repository = view(from.repository);
  return error;
}

}  // namespace detail

inline CredentialOutcome Host::credential(const std::string& repository, bool previous_rejected) {
  const auto& table = extension<berth_credentials_1>(BERTH_CREDENTIALS_1);
  CredentialOutcome outcome;
  detail::CredentialReceiver receiver;
  const std::string host = script_.uri.substr(0, script_.uri.find('/'));
  berth_credential_request request{};
  request.size = sizeof request;
  request.host = detail::view(host);
  request.repository = detail::view(repository);
  request.previous_rejected = previous_rejected ? 1 : 0;
  request.username = detail::view(script_.settings["username"]);
  const std::int32_t status =
      run({}, outcome, {}, [&](const berth_call* call, const berth_sink* error) {
        return table.credential(flavor_, call, &request, &receiver.sink, error);
      });
  if (status == BERTH_STATUS_NOT_FOUND) outcome.reason = outcome.error;
  if (status == BERTH_STATUS_NOT_FOUND) outcome.error.clear();
  if (status == BERTH_STATUS_OK && !receiver.received)
    outcome.problems.push_back("it reported success but returned no credential");
  if (status == BERTH_STATUS_OK && !receiver.problem.empty())
    outcome.problems.push_back(receiver.problem);
  outcome.credential = status == BERTH_STATUS_OK ? receiver.received : std::nullopt;
  outcome.ok =
      (status == BERTH_STATUS_OK || status == BERTH_STATUS_NOT_FOUND) && outcome.problems.empty();
  return outcome;
}

inline bool Host::is_expired(const RegistryError& rejection) {
  const auto& table = extension<berth_credentials_1>(BERTH_CREDENTIALS_1);
  const berth_registry_error error = detail::registry_error(rejection);
  bool expired = false;
  run({}, last_, {}, [&](const berth_call* call, const berth_sink*) {
    expired = table.is_expired != nullptr && table.is_expired(flavor_, call, &error) == 1;
    return BERTH_STATUS_OK;
  });
  return expired;
}

inline std::optional<Explanation> Host::explain(const RegistryError& error) {
  const auto& table = extension<berth_explanations_1>(BERTH_EXPLANATIONS_1);
  const berth_registry_error raw = detail::registry_error(error);
  const berth::detail::StringSink cause;
  const berth::detail::StringSink fix;
  const std::int32_t status =
      run({}, last_, {}, [&](const berth_call* call, const berth_sink* failure) {
        return table.explain(flavor_, call, &raw, cause.sink(), fix.sink(), failure);
      });
  if (status != BERTH_STATUS_OK) return std::nullopt;
  return Explanation{cause.str(), fix.str()};
}

inline UploadRules Host::upload_rules() {
  const auto& table = extension<berth_upload_rules_1>(BERTH_UPLOAD_RULES_1);
  berth_upload_rules rules{};
  rules.size = sizeof rules;
  rules.allow_unknown_length = 1;
  const berth::detail::StringSink error;
  const std::int32_t status = table.rules(flavor_, &rules, error.sink());
  last_.error = error.str();
  if (const auto problem = detail::upload_rules_problem(rules); !problem.empty())
    last_.problems.push_back(problem);
  last_.ok = status == BERTH_STATUS_OK && last_.problems.empty();
  UploadRules result;
  result.monolithic = rules.monolithic != 0;
  result.allow_unknown_length = rules.allow_unknown_length != 0;
  result.verify_range = rules.verify_range != 0;
  result.max_chunk_size = rules.max_chunk_size;
  result.min_chunk_size = rules.min_chunk_size;
  return result;
}

}  // namespace testing
}  // namespace berth
