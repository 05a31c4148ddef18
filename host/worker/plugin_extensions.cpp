#include "worker/plugin_extensions.hpp"

#include "channel/extension_calls.hpp"

namespace berth::worker {
namespace {

using base::Json;
using channel::GetCredential;

// The arguments of a function of an extension.
struct Callee {
  const void* table;
  void* flavor;
  const berth_call* call;
};

// Receives the credential of the flavor. Lengths are limited so that the response fits a frame; the
// host validates the credential.
struct CredentialReceiver {
  std::optional<Outcome<channel::CredentialResult>> received{};
  berth_credential_sink sink{this, [](void* context, const berth_credential* credential) noexcept {
                               if (credential != nullptr)
                                 static_cast<CredentialReceiver*>(context)->received =
                                     copy_credential(*credential);
                             }};

  static Outcome<channel::CredentialResult> copy_credential(const berth_credential& credential) {
    if (!BERTH_HAS(&credential, source))
      return violation("the size of its credential struct is too small");
    if (!is_readable(credential.username) || !is_readable(credential.secret) ||
        !is_readable(credential.source))
      return violation("a string of its credential is NULL but has a size");
    if (credential.secret.size > channel::kMaxSecret) return violation("its secret is too long");
    return channel::CredentialResult{
        .kind = credential.kind,
        .username = copy_text(credential.username),
        .secret = base::Secret(copy(credential.secret, channel::kMaxSecret)),
        .expires_at = credential.expires_at,
        .source = copy_text(credential.source)};
  }
};

constexpr std::uint32_t kAcceptedKinds = 1U << BERTH_CREDENTIAL_PASSWORD |
                                         1U << BERTH_CREDENTIAL_IDENTITY_TOKEN |
                                         1U << BERTH_CREDENTIAL_REGISTRY_TOKEN;

bool has_expiry(const berth_credentials_1& extension) {
  return BERTH_HAS(&extension, is_expired) && extension.is_expired != nullptr;
}

// One function for each of channel::ExtensionCalls.

Outcome<GetCredential::Response> call_extension(GetCredential /*call*/, const Callee& callee,
                                                const GetCredential::Request& from) {
  const auto& extension = *static_cast<const berth_credentials_1*>(callee.table);
  if (!BERTH_HAS(&extension, credential) || extension.credential == nullptr)
    return violation("its credentials/1 is incomplete");
  const berth_credential_request request{
      sizeof(berth_credential_request), view(from.host),     view(from.repository),
      from.previous_rejected ? 1 : 0,   view(from.username), kAcceptedKinds};
  CredentialReceiver receiver;
  StringSink error;
  const auto status =
      extension.credential(callee.flavor, callee.call, &request, &receiver.sink, &error.sink);
  if (status == BERTH_STATUS_NOT_FOUND) return GetCredential::Response{{}, error.text};
  if (status == BERTH_STATUS_REFUSED)
    return channel::PluginError{.code = "auth.flavor", .message = error.text};
  if (status != BERTH_STATUS_OK) return failure(error);
  if (!receiver.received) return violation("it reported success but returned no credential");
  if (auto* broken = std::get_if<1>(&*receiver.received)) return std::move(*broken);
  return GetCredential::Response{std::move(std::get<0>(*receiver.received)), {}};
}

berth_registry_error registry_error(const channel::RegistryErrorRequest& error) {
  return {sizeof(berth_registry_error), view(error.code), view(error.message),
          view(error.repository)};
}

Outcome<channel::IsExpired::Response> call_extension(channel::IsExpired /*call*/,
                                                     const Callee& callee,
                                                     const channel::RegistryErrorRequest& request) {
  const auto& extension = *static_cast<const berth_credentials_1*>(callee.table);
  const auto rejection = registry_error(request);
  return channel::IsExpired::Response{
      has_expiry(extension) && extension.is_expired(callee.flavor, callee.call, &rejection) == 1};
}

Outcome<channel::ExplainError::Response> call_extension(
    channel::ExplainError /*call*/, const Callee& callee,
    const channel::RegistryErrorRequest& request) {
  const auto& extension = *static_cast<const berth_explanations_1*>(callee.table);
  if (!BERTH_HAS(&extension, explain) || extension.explain == nullptr)
    return violation("its explanations/1 is incomplete");
  const auto explained = registry_error(request);
  StringSink cause;
  StringSink fix;
  StringSink error;
  const auto status = extension.explain(callee.flavor, callee.call, &explained, &cause.sink,
                                        &fix.sink, &error.sink);
  if (status != BERTH_STATUS_OK && status != BERTH_STATUS_NOT_FOUND) return failure(error);
  return channel::ExplainError::Response{status == BERTH_STATUS_OK, cause.text, fix.text};
}

}  // namespace

void Extensions::find(const berth_plugin& plugin, void* flavor) {
  flavor_ = flavor;
  tables_.clear();
  const auto add = [&](std::string_view id) {
    if (table(id) != nullptr) return;
    if (const void* found = plugin.query(flavor, view(id))) tables_.emplace_back(id, found);
  };
  add(BERTH_UPLOAD_RULES_1);
  channel::ExtensionCalls::for_each([&]<class Call>() { add(Call::kInfo.interface); });
}

const void* Extensions::table(std::string_view id) const {
  for (const auto& [known, table] : tables_)
    if (known == id) return table;
  return nullptr;
}

std::vector<std::string> Extensions::ids() const {
  std::vector<std::string> ids;
  for (const auto& entry : tables_) ids.emplace_back(entry.first);
  return ids;
}

bool Extensions::recognises_expiry() const {
  const void* extension = table(BERTH_CREDENTIALS_1);
  return extension != nullptr && has_expiry(*static_cast<const berth_credentials_1*>(extension));
}

std::optional<Outcome<channel::UploadRulesResult>> Extensions::upload_rules() const {
  const auto* extension = static_cast<const berth_upload_rules_1*>(table(BERTH_UPLOAD_RULES_1));
  if (extension == nullptr) return std::nullopt;
  if (!BERTH_HAS(extension, rules) || extension->rules == nullptr)
    return violation("its upload-rules/1 is incomplete");
  berth_upload_rules rules{sizeof(berth_upload_rules), 0, 1, 0, 0, 0};
  StringSink error;
  if (extension->rules(flavor_, &rules, &error.sink) != BERTH_STATUS_OK) return failure(error);
  return channel::UploadRulesResult{.monolithic = rules.monolithic != 0,
                                    .allow_unknown_length = rules.allow_unknown_length != 0,
                                    .verify_range = rules.verify_range != 0,
                                    .max_chunk_size = rules.max_chunk_size,
                                    .min_chunk_size = rules.min_chunk_size};
}

Json Extensions::call(std::string_view method, const Json& params, HostCall& host) const {
  Json encoded = Json::object(
      {{"error", channel::encode(out_of_order("unknown extension", std::string(method)))}});
  channel::ExtensionCalls::visit(method, [&]<class Call>() {
    using Response = typename Call::Response;
    const void* extension = table(Call::kInfo.interface);
    const auto request = channel::decode<typename Call::Request>(params);
    if (extension == nullptr || !request) return;
    encoded = channel::encode_outcome(call_plugin<Response>(host, {}, [&](const berth_call* call) {
      return call_extension(Call(), {extension, flavor_, call}, *request);
    }));
  });
  return encoded;
}

}  // namespace berth::worker
