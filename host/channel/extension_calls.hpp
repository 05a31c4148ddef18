// The calls of the host to the extensions of a plugin. No service that needs a registry is offered
// in them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/secret.hpp"
#include "channel/image_calls.hpp"
#include "channel/plugin_calls.hpp"

namespace berth::channel {

// Maximum size of a plugin's secret. abi.h, "credentials/1".
inline constexpr std::size_t kMaxSecret = 65536;

// berth_credential of abi.h.
struct CredentialResult {
  std::int32_t kind = 0;  // BERTH_CREDENTIAL_…
  std::string username{};
  base::Secret secret{};
  std::int64_t expires_at = 0;
  std::string source{};
  static constexpr auto kFields = fields(value("kind", &CredentialResult::kind),
                                         bytes("username", &CredentialResult::username, kMaxText),
                                         bytes("secret", &CredentialResult::secret, kMaxSecret),
                                         value("expires_at", &CredentialResult::expires_at),
                                         text("source", &CredentialResult::source));
};

struct GetCredential {
  static constexpr CallInfo kInfo{.method = "credential",
                                  .interface = "credentials/1",
                                  .function = "credential",
                                  .nested = true};
  struct Request {
    std::string host{};
    std::string repository{};
    std::string username{};
    bool previous_rejected = false;
    static constexpr auto kFields = fields(exact("host", &Request::host, kAnySize),
                                           exact("repository", &Request::repository, kAnySize),
                                           exact("username", &Request::username, kAnySize),
                                           value("previous_rejected", &Request::previous_rejected));
  };
  struct Response {
    std::optional<CredentialResult> credential{};
    std::string reason{};  // why it has no credential
    static constexpr auto kFields =
        fields(value("credential", &Response::credential), text("reason", &Response::reason));
  };
};

// berth_registry_error of abi.h.
struct RegistryErrorRequest {
  std::string code{};
  std::string message{};
  std::string repository{};
  static constexpr auto kFields =
      fields(exact("code", &RegistryErrorRequest::code, kAnySize),
             exact("message", &RegistryErrorRequest::message, kAnySize),
             exact("repository", &RegistryErrorRequest::repository, kAnySize));
};

struct IsExpired {
  static constexpr CallInfo kInfo{.method = "is_expired",
                                  .interface = "credentials/1",
                                  .function = "is_expired",
                                  .nested = true};
  using Request = RegistryErrorRequest;
  struct Response {
    bool expired = false;
    static constexpr auto kFields = fields(value("expired", &Response::expired));
  };
};

struct ExplainError {
  static constexpr CallInfo kInfo{
      .method = "explain", .interface = "explanations/1", .function = "explain"};
  using Request = RegistryErrorRequest;
  struct Response {
    bool found = false;
    std::string cause{};
    std::string fix{};
    static constexpr auto kFields =
        fields(value("found", &Response::found), text("cause", &Response::cause),
               text("fix", &Response::fix));
  };
};

using ExtensionCalls = CallList<GetCredential, IsExpired, ExplainError>;
using PluginCalls =
    CallList<EnterSandbox, LoadPlugin, CreateFlavor, AddToImage, PrepareImagePush, PushImage,
             GetCredential, IsExpired, ExplainError, ReleaseFlavors, DestroyFlavor>;

}  // namespace berth::channel
