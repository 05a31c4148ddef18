// Authorizer: supplies Authorization headers for one registry origin (cf. containerd's docker.Authorizer).
// The scheme, Basic or Bearer, comes from the registry's 401 challenge. Bearer tokens come from the token service named
// there; they are cached by scope until they expire, or that service or the credential changes.
// Credentials are tried in CredentialChain order. If one is rejected, its source is asked once for a replacement, then
// the next one is tried; an anonymous token is requested only if there are no credentials. After the last one was
// rejected, every request fails with that error; a broken source is an error from then on as well.
// Thread-safe. One token exchange runs at a time; other threads wait for it and share its token.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "base/secret.hpp"
#include "http/client.hpp"
#include "http/origin.hpp"
#include "registry/auth_state.hpp"
#include "registry/challenge.hpp"
#include "registry/credentials.hpp"
#include "registry/token_entry.hpp"
#include "registry/token_service.hpp"

namespace berth::registry {

class Authorizer {
 public:
  // References must outlive the authorizer. `host` names the registry in errors; `login_help` describes its credentials
  // (empty: not known), for the fix of errors.
  Authorizer(std::string host, http::Origin origin, CredentialChain& credentials, http::ClientPool& pool,
             base::Log& log, std::string login_help)
      : host_(std::move(host)),
        origin_(std::move(origin)),
        credentials_(credentials),
        pool_(pool),
        log_(log),
        login_help_(std::move(login_help)) {}

  // Returns the Authorization header's value; std::nullopt if unauthenticated, or not challenged yet. Requests a
  // token if one is needed, and replaces one that is about to expire. Errors as handle_unauthorized(). A request that
  // writes also fails if its token lists its actions, without push: "auth.denied", or "auth.required" without
  // credentials. An older token is replaced first: the repository may have been created since.
  base::Result<std::optional<base::Secret>> header(const TokenScope& scope, AuthState& state);

  // Stores the challenge in the response to an unauthenticated request, so that header() returns a value from then on.
  void observe_challenge(const http::Response& response);
  // Whether a challenge was seen.
  bool is_challenged();
  // Records that the response to a request (`reads`: GET or HEAD) with the header `sent` was not 401.
  void observe_accepted(const base::Secret& sent, bool reads);
  // Records that `sent` was accepted for a request that was refused without it: the credential is verified.
  void observe_verified(const base::Secret& sent);

  // Handles a 401. On success, get a new header() and resend the request. `sent` is the rejected header; nullptr if
  // none was sent. A token that was accepted before, or lists that it grants what is denied, is replaced once. Fails
  // if no credential is left, and if the request is optional and its token or password was sent:
  //   auth    auth.required (no credentials), auth.refused (rejected), auth.scheme (unsupported scheme), auth.realm
  //           (token service not allowed); the cause lists the sources tried
  //   denied  auth.denied (not authorized for `scope`)
  // or an error of CredentialChain or fetch_token(). Of several, returns that of the credential that got furthest.
  base::Result<void> handle_unauthorized(const http::Response& response, const base::Secret* sent,
                                         const TokenScope& scope, AuthState& state);

  // Returns whether renew_expired() may return true for this request.
  bool recognises_expiry(const AuthState& state);
  // Handles a 403 (`rejection`) to a request with the header `sent`. Returns true if its source reports that the
  // credential has expired, and has replaced it: then send again. At most once per request, and not after
  // handle_unauthorized() asked the source. Fails as the source does.
  base::Result<bool> renew_expired(const Rejection& rejection, const base::Secret& sent, const TokenScope& scope,
                                   AuthState& state);

  // Handles the refusal of an unauthenticated request without a challenge. Returns true if there are credentials to
  // send it again with, as Basic if no challenge was ever seen. At most once per request.
  bool authenticate_unasked(AuthState& state);

  // The source of the credential in use, for errors; "anonymous" without one.
  std::string account();
  std::string username();
  // A copy of the credential in use, loaded if no request did so yet; std::nullopt: anonymous.
  base::Result<std::optional<Credential>> current_credential();
  // The error for an anonymous request that was denied, with the registry's message. Class auth, code "auth.required".
  base::Error anonymous_denied(std::string message);
  // Returns `error` without the secrets that were sent: some registries repeat them in their responses.
  base::Error without_secrets(base::Error error);
  // Returns whether the registry or its token service accepted the credential in use; std::nullopt without one.
  std::optional<bool> is_verified();
  // Returns the Basic header of the credential in use, challenged or not; std::nullopt if it has no password.
  std::optional<base::Secret> basic_header();
  // Returns whether there is a token that covers `scope`.
  bool has_token(const TokenScope& scope);
  // Returns the actions that it grants on the repository of `scope` ("pull"); std::nullopt if it does not list them.
  std::optional<std::string> granted(const TokenScope& scope);

 private:
  enum class Scheme { unknown, basic, bearer };
  using Entry = TokenEntry;
  [[nodiscard]] const Credential* credential() const { return found_ ? &*found_ : nullptr; }
  [[nodiscard]] bool holds(Credential::Kind kind) const { return found_ && found_->kind == kind; }
  Entry& entry_of(const TokenScope& scope);
  [[nodiscard]] const Token* token_for(const TokenScope& scope) const;
  [[nodiscard]] std::optional<base::Secret> current_header(const TokenScope& scope) const;
  base::Result<void> load_credential();
  base::Result<void> refresh_if_expiring();
  base::Result<void> prepare(const TokenScope& scope, AuthState& state);
  void apply_challenge(const Challenge& challenge, const http::Response& response);
  base::Result<void> handle_unauthorized_locked(const http::Response& response, const base::Secret* sent,
                                                const TokenScope& scope, AuthState& state);
  base::Result<void> handle_basic(const http::Response& response, bool sent, const TokenScope& scope, AuthState& state);
  base::Result<void> handle_bearer(const http::Response& response, const Challenge& challenge, const base::Secret* sent,
                                   const TokenScope& scope, AuthState& state);
  [[nodiscard]] static bool is_token_of(const Entry& entry, const base::Secret* sent);
  [[nodiscard]] bool is_final(const Entry& entry, const Challenge& challenge, const base::Secret* sent,
                              const AuthState& state) const;
  base::Result<void> exchange(Entry& entry, const std::string& mount_scope);
  base::Result<void> ensure_token(const TokenScope& scope, AuthState& state);
  [[nodiscard]] bool lacks_push(const TokenScope& scope, const AuthState& state) const;
  base::Result<void> try_next_credential(base::Error error, AuthState& state);
  base::Result<std::optional<Credential>> refresh_credential(AuthState& state);
  void use_credential(Credential next);
  base::Error keep_broken(base::Error error);

  [[nodiscard]] std::string login_fix(bool rejected) const;
  [[nodiscard]] base::Error with_tried_sources(base::Error error) const;
  [[nodiscard]] base::Error redacted(base::Error error) const;
  [[nodiscard]] base::Error required(std::string message) const;
  [[nodiscard]] base::Error rejected(const http::Response& response) const;
  [[nodiscard]] base::Error denied(std::string message, const TokenScope& scope, bool reads) const;
  [[nodiscard]] base::Error push_denied(const TokenScope& scope) const;

  std::string host_;
  http::Origin origin_;
  CredentialChain& credentials_;
  http::ClientPool& pool_;
  base::Log& log_;
  std::string login_help_;
  std::mutex mutex_;  // guards everything below, and credentials_
  bool loaded_ = false;
  bool proven_ = false;    // a token service accepted the credential
  bool verified_ = false;  // the registry accepted it
  Scheme scheme_ = Scheme::unknown;
  std::optional<Credential> found_;
  std::optional<base::Error> furthest_;   // of the errors of the credentials that were replaced
  std::optional<base::Error> final_;      // every credential was rejected, or a source is broken
  std::string named_realm_;               // realm of the last challenge
  TokenRequest service_;                  // where tokens are requested, and for which service; without scopes
  std::map<std::string, Entry> entries_;  // by TokenScope::key()
};

}  // namespace berth::registry
