// CredentialProvider: the base class of flavors that provide credentials, in addition to
// BaseContainerRegistry. Included by container_registry.hpp. ABI: abi.h, "credentials/1".
//
//   class AcmeContainerRegistry : public berth::BaseContainerRegistry,
//                                 public berth::CredentialProvider {
//     berth::Credential credential(berth::CallContext& call,
//                                  const berth::CredentialRequest& request) override;
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <berth/abi.h>
#include <berth/detail/sdk_version.hpp>
#include <berth/explanations.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

class CallContext;

// CredentialRequest: what the credentials are for.
struct CredentialRequest {
  std::string host;        // "registry.example.com"
  std::string repository;  // below the host: "acme/app"; empty: none
  // The registry rejected the credentials returned last: return other or newer ones, or none().
  bool previous_rejected;
  std::string username{};  // the setting: only this user's are accepted; empty: any user's
  // The kinds that the host accepts: bit 1 << BERTH_CREDENTIAL_…. 0: the three of this header.
  std::uint32_t accepted_kinds = 0;
};

// Credential: a credential, or none() with the reason. Immutable value.
// `source` is shown to the user ("environment ACME_TOKEN"). `expires_at`: seconds since the Unix
// epoch; shortly before, the host requests a new credential. 0: not known.
class Credential {
 public:
  // A user name and password; exchanged for a token if the registry has a token service.
  static Credential password(std::string username, std::string secret, std::string source,
                             std::int64_t expires_at = 0) {
    return {BERTH_CREDENTIAL_PASSWORD, std::move(username), std::move(secret), std::move(source),
            expires_at};
  }
  // A refresh token, which the host exchanges at the registry's token service.
  static Credential identity_token(std::string secret, std::string source,
                                   std::int64_t expires_at = 0) {
    return {BERTH_CREDENTIAL_IDENTITY_TOKEN, {}, std::move(secret), std::move(source), expires_at};
  }
  // A bearer token, sent to the registry unchanged.
  static Credential registry_token(std::string secret, std::string source,
                                   std::int64_t expires_at = 0) {
    return {BERTH_CREDENTIAL_REGISTRY_TOKEN, {}, std::move(secret), std::move(source), expires_at};
  }
  // No source of credentials is set up; `reason` is shown to the user ("ACME_TOKEN is not set").
  // The host continues with the credentials of Docker-compatible tools.
  static Credential none(std::string reason) { return {kNone, {}, {}, std::move(reason), 0}; }

  bool has_value() const { return kind_ != kNone; }
  std::int32_t kind() const { return kind_; }
  const std::string& username() const { return username_; }
  const std::string& secret() const { return secret_; }
  const std::string& source() const { return source_; }  // of none(): the reason
  std::int64_t expires_at() const { return expires_at_; }

 private:
  static constexpr std::int32_t kNone = -1;
  Credential(std::int32_t kind, std::string username, std::string secret, std::string source,
             std::int64_t expires_at)
      : kind_(kind),
        username_(std::move(username)),
        secret_(std::move(secret)),
        source_(std::move(source)),
        expires_at_(expires_at) {}
  std::int32_t kind_;
  std::string username_;
  std::string secret_;
  std::string source_;
  std::int64_t expires_at_;
};

// CredentialProvider: see the top of this file. [main thread]; may be called while push_image()
// waits in call.push(). `call` has log(), now(), cancelled() and the services of PERMISSIONS;
// registry(), push() and report() are not available.
class CredentialProvider {
 public:
  virtual ~CredentialProvider() = default;
  // Returns credentials. Called when the registry requires authentication and the user did not pass
  // credentials explicitly. Credential::none() only if no source is set up. Throws Failure, with
  // the fix, if a source is broken ("line 3 of ~/.acme is not a key"): credentials from elsewhere
  // could belong to another identity. Any other exception is reported as an error of the plugin.
  virtual Credential credential(CallContext& call, const CredentialRequest& request) = 0;
  // Returns true if a 403 response means that the credentials have expired. The host then calls
  // credential() with `previous_rejected` and sends the request once more. Not called for 401,
  // which always leads to that. `rejection.message` may be only "403". `call` has only log() and
  // now().
  virtual bool is_expired(CallContext& call, const RegistryError& rejection) {
    static_cast<void>(call);
    static_cast<void>(rejection);
    return false;
  }
};

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
