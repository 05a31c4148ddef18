#include "worker/ask_for_credential.hpp"

#include <cstddef>
#include <optional>

#include "base/base64.hpp"
#include "base/secret.hpp"
#include "worker/reply.hpp"

namespace berth::worker {
namespace {

using base::Json;

std::string copied(berth_string text, std::size_t most) {
  return text.data == nullptr ? std::string() : std::string(text.data, std::min(text.size, most));
}

// Receives the credential of the flavor and converts it to a reply.
struct Given {
  std::optional<Json> reply;
  berth_credential_sink sink{this, [](void* context, const berth_credential* credential) noexcept {
                               if (credential != nullptr) static_cast<Given*>(context)->reply = reply_with(*credential);
                             }};

  static Json reply_with(const berth_credential& credential) {
    if (credential.size < offsetof(berth_credential, source) + sizeof(berth_string))
      return breach("the size of its credential struct is too small");
    if (credential.secret.size > channel::kLongestSecret) return breach("its secret is too long");
    const base::Secret secret(copied(credential.secret, channel::kLongestSecret));
    return Json::object({{"reply", "ok"},
                         {"found", true},
                         {"kind", credential.kind},
                         {"username", base::base64_encode(copied(credential.username, channel::kLongestText))},
                         {"secret", base::base64_encode(secret.reveal())},
                         {"expires", credential.expires_at},
                         {"from", copied(credential.source, channel::kLongestText)}});
  }
};

}  // namespace

Json ask_for_credential(const berth_credentials_1& capability, void* flavor, const berth_call* call,
                        const Json& message) {
  if (!BERTH_HAS(&capability, credential) || capability.credential == nullptr)
    return breach("its credentials/1 is incomplete");
  const std::string host = message.string_or("host", "");
  const std::string repository = message.string_or("repository", "");
  const std::string username = message.string_or("username", "");
  const berth_credential_request request{sizeof(berth_credential_request), view(host), view(repository),
                                         message.is_true("refused") ? 1 : 0, view(username)};
  Given given;
  Text error;
  const auto status = capability.credential(flavor, call, &request, &given.sink, &error.sink);
  if (status == BERTH_STATUS_NOT_FOUND)
    return Json::object({{"reply", "ok"}, {"found", false}, {"reason", error.text}});
  if (status == BERTH_STATUS_REFUSED) return failed("auth.flavor", error.text, "");
  if (status != BERTH_STATUS_OK) return reply_of(status, error);
  if (!given.reply) return breach("it reported success but returned no credential");
  return std::move(*given.reply);
}

bool recognises_expiry(const berth_credentials_1& capability) {
  return BERTH_HAS(&capability, is_expired) && capability.is_expired != nullptr;
}

Json ask_whether_expired(const berth_credentials_1& capability, void* flavor, const berth_call* call,
                         const Json& message) {
  const std::string code = message.string_or("code", "");
  const std::string registry_message = message.string_or("words", "");
  const std::string repository = message.string_or("repository", "");
  const berth_registry_error rejection{sizeof(berth_registry_error), view(code), view(registry_message),
                                       view(repository)};
  const bool expired = recognises_expiry(capability) && capability.is_expired(flavor, call, &rejection) == 1;
  return Json::object({{"reply", "ok"}, {"expired", expired}});
}

}  // namespace berth::worker
