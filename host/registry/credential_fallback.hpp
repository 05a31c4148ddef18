// CredentialFallback: the credential that is sent to one registry, and the fallback to others. Part
// of Authorizer, whose header describes the algorithm. Not thread-safe.
#pragma once

#include <optional>
#include <string>

#include "base/log.hpp"
#include "registry/auth_state.hpp"
#include "registry/credential_chain.hpp"

namespace berth::registry {

class CredentialFallback {
 public:
  // `host` names the registry in the log. References must outlive this object.
  CredentialFallback(std::string host, CredentialChain& chain, base::Log& log)
      : host_(std::move(host)), chain_(chain), log_(log) {}

  // The credential in use; nullptr: anonymous, or not loaded yet.
  [[nodiscard]] Credential* current() { return current_ ? &*current_ : nullptr; }
  [[nodiscard]] const Credential* current() const { return current_ ? &*current_ : nullptr; }
  [[nodiscard]] bool holds(Credential::Kind kind) const {
    return current_ && current_->kind == kind;
  }
  // The Authorization header of a user name and password, or of a registry token; std::nullopt if
  // the credential in use is of another kind.
  [[nodiscard]] std::optional<base::Secret> basic_header() const;
  [[nodiscard]] std::optional<base::Secret> token_header() const;
  [[nodiscard]] const CredentialChain& chain() const { return chain_; }
  // The error of every later request: all credentials were rejected, or a source is broken; nullptr
  // before that.
  [[nodiscard]] const base::Error* final_error() const { return final_ ? &*final_ : nullptr; }
  // Whether the source of the credential in use recognizes that it has expired, and was not asked
  // for this request.
  [[nodiscard]] bool recognises_expiry(const AuthState& state) const;

  // Loads the first credential of the chain, once. Fails if its source is broken.
  base::Result<void> load();
  // Replaces a credential that is about to expire. Asks its source only once: if it has no
  // replacement, the credential is used until it is rejected.
  base::Result<void> refresh_if_expiring();
  // Asks the source of a rejected credential for another one, once per request. Returns
  // std::nullopt if it has none.
  base::Result<std::optional<Credential>> refresh(AuthState& state);
  // Returns a replacement if `rejection` means that the credential has expired; std::nullopt if it
  // does not, or if the source has no other.
  base::Result<std::optional<Credential>> replace_expired(const Rejection& rejection,
                                                          AuthState& state);
  // Continues with the next credential after `error` rejected the one in use: one that its source
  // replaces it with, else that of the next source. If none is left, returns the error of the
  // credential that got furthest (an account that is not authorized is further than one whose
  // password is wrong); if all were rejected with 401, that becomes the final error, unless the
  // request is optional.
  base::Result<void> try_next(base::Error error, AuthState& state);
  void use(Credential next);

  // Records that a token service accepted the credential in use.
  void observe_exchanged() { exchanged_ = exchanged_ || current_.has_value(); }
  // Records that the registry accepted the header `sent`, if it is that of the credential in use.
  void observe_verified(const base::Secret& sent);
  // Whether either of these has accepted the credential in use; std::nullopt without one.
  [[nodiscard]] std::optional<bool> is_verified() const;

 private:
  base::Error make_final(base::Error error);

  std::string host_;
  CredentialChain& chain_;
  base::Log& log_;
  bool loaded_ = false;
  std::optional<Credential> current_;
  bool exchanged_ = false;               // a token service accepted the credential
  bool verified_ = false;                // the registry accepted it
  std::optional<base::Error> furthest_;  // of the errors of the credentials that were replaced
  std::optional<base::Error> final_;
};

}  // namespace berth::registry
