// What a flavor that knows where its users' credentials are derives from besides BaseContainerRegistry. Included by
// container_registry.hpp.
//
//   class AcmeContainerRegistry : public berth::BaseContainerRegistry, public berth::CredentialProvider {
//     berth::Credential credential(berth::CallContext& call, const berth::CredentialRequest& request) override;
//
// Facts of the boundary: abi.h, "credentials/1".
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <berth/abi.h>
#include <berth/explanations.hpp>

namespace berth {

class CallContext;

// Whose credential is wanted.
struct CredentialRequest {
  std::string host;        // "registry.example.com"
  std::string repository;  // below the host: "acme/app"; empty: none
  bool previous_rejected;  // the registry refused what was given last: look for another, or a newer one
  std::string username{};  // the setting: another user's credential is not taken; empty: anybody's is
};

// One credential, or none. `from` says for people where it was found ("environment ACME_TOKEN"); `expires` is in
// seconds since 1970, 0 where that is not known: berth asks again shortly before.
class Credential {
 public:
  // A user name and a password; exchanged for a token where the registry wants one.
  static Credential password(std::string username, std::string secret, std::string source,
                             std::int64_t expires_at = 0) {
    return {BERTH_CREDENTIAL_PASSWORD, std::move(username), std::move(secret), std::move(source), expires_at};
  }
  // A refresh token, which berth exchanges with the registry's token service.
  static Credential identity_token(std::string secret, std::string source, std::int64_t expires_at = 0) {
    return {BERTH_CREDENTIAL_IDENTITY_TOKEN, {}, std::move(secret), std::move(source), expires_at};
  }
  // A bearer token that the registry takes as it is.
  static Credential registry_token(std::string secret, std::string source, std::int64_t expires_at = 0) {
    return {BERTH_CREDENTIAL_REGISTRY_TOKEN, {}, std::move(secret), std::move(source), expires_at};
  }
  // There is none, and why, in words: "ACME_TOKEN is not set". berth goes on with what other tools keep.
  static Credential none(std::string why) { return {kNone, {}, {}, std::move(why), 0}; }

  bool is_none() const { return kind_ == kNone; }
  std::int32_t kind() const { return kind_; }
  const std::string& username() const { return username_; }
  const std::string& secret() const { return secret_; }
  const std::string& source() const { return source_; }
  std::int64_t expires_at() const { return expires_at_; }

 private:
  static constexpr std::int32_t kNone = -1;
  Credential(std::int32_t kind, std::string username, std::string secret, std::string source, std::int64_t expires_at)
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

class CredentialProvider {
 public:
  virtual ~CredentialProvider() = default;
  // Asked when the registry wants a login and nobody gave one for this call. It may be asked while push_image() waits
  // inside call.push(). `call` has neither registry() nor push(), and takes no findings. A Failure says that a source
  // is broken, which is the user's to mend ("line 3 of ~/.acme is no key"), and how; every other exception is a fault
  // of the plugin. Credential::none() is for sources that are not set up: one that is set up and broken is a Failure,
  // because what berth finds elsewhere may be another identity.
  virtual Credential credential(CallContext& call, const CredentialRequest& request) = 0;
  // Returns true if the registry's 403 to a request with that credential means that it has expired: then berth calls
  // credential(), with `previous_rejected`, and sends the request once more. A 401 always leads to that, and is not
  // asked about. `rejection.message` may be only "403". `call` has log() and now().
  virtual bool is_expired(CallContext& call, const RegistryError& rejection) {
    static_cast<void>(call);
    static_cast<void>(rejection);
    return false;
  }
};

}  // namespace berth
