// Authorizer: supplies the Authorization headers for requests to one registry origin (cf.
// containerd's docker.Authorizer).
//
// The algorithm, for each request:
//  1. Requests are sent without credentials until the registry challenges with 401. The first
//  challenge (of GET /v2/,
//     or of any request) decides the scheme for all later requests.
//  2. Basic: the user name and password are sent.
//     Bearer: a token for the request's scope is sent: one from TokenCache that covers the scope
//     and does not expire within 10 s, else a new one from the token service that the challenge
//     names, in exchange for the credential in use, or without one. A credential that is a registry
//     token is sent as it is.
//  3. A 401 for a token: the token is replaced once, with the scopes that the challenge adds: it
//  may have been revoked,
//     or may not cover the request. It is not replaced if its claims show that the account lacks
//     the permission, or if the registry has never accepted the previous token either.
//  4. If that is rejected too, or the token service rejects the credential, another credential is
//  used: a replacement
//     from the same source, which is asked once, else that of the next source (CredentialChain).
//     Its tokens are requested again. An anonymous token is requested only if no source has a
//     credential.
//  5. After the last credential was rejected, the request fails with the error of the credential
//  that got furthest
//     (denied before rejected); if all were rejected with 401, so does every later request. A
//     source that is broken is such an error too.
//  6. A 403 is final, unless the source of the credential recognizes in it that the credential has
//  expired.
// Optional requests, which the caller can do without, never make a credential or its tokens
// unusable.
//
// Thread-safe. One token exchange runs at a time; other threads wait for it and share its token.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "base/secret.hpp"
#include "http/client.hpp"
#include "http/origin.hpp"
#include "registry/api_error.hpp"
#include "registry/auth_errors.hpp"
#include "registry/auth_state.hpp"
#include "registry/challenge.hpp"
#include "registry/credential_chain.hpp"
#include "registry/credential_fallback.hpp"
#include "registry/token_cache.hpp"

namespace berth::registry {

// The registry that an Authorizer is for.
struct AuthTarget {
  std::string host;  // for errors
  http::Origin origin;
  std::string login_help;  // describes its credentials, for the fix of errors; empty: not known
};

class Authorizer {
 public:
  // References must outlive the authorizer. Tokens are requested with `pool`.
  Authorizer(const AuthTarget& target, CredentialChain& chain, http::ClientPool& pool,
             base::Log& log)
      : host_(target.host),
        origin_(target.origin),
        errors_(target.host, target.login_help),
        credentials_(target.host, chain, log),
        tokens_(target.host, target.origin, pool, log) {}

  // Returns the Authorization header's value; std::nullopt if unauthenticated, or not challenged
  // yet. Requests a token if one is needed, and replaces one that is about to expire. Errors as
  // handle_unauthorized(). A request that writes also fails if its token lists its actions, without
  // push: "auth.denied", or "auth.required" without credentials. An older token is replaced first:
  // the repository may have been created since.
  base::Result<std::optional<base::Secret>> header(const TokenScope& scope, AuthState& state);

  // Stores the challenge in the response to an unauthenticated request, so that header() returns a
  // value from then on.
  void observe_challenge(const http::Response& response);
  // Returns whether a challenge was seen.
  bool is_challenged();
  // Records that the response to a request (`reads`: GET or HEAD) with the header `sent` was not
  // 401.
  void observe_accepted(const base::Secret& sent, bool reads);
  // Records that `sent` was accepted for a request that was rejected without it: the credential is
  // verified.
  void observe_verified(const base::Secret& sent);

  // Handles a 401. On success, get a new header() and resend the request. `sent` is the rejected
  // header; nullptr if none was sent. Fails if no credential is left, and if the request is
  // optional and its token or password was sent:
  //   auth    auth.required (no credentials), auth.refused (rejected), auth.scheme (unsupported
  //   scheme), auth.realm
  //           (token service not allowed); the cause lists the sources tried
  //   denied  auth.denied (not authorized for `scope`)
  // or an error of CredentialChain or fetch_token().
  base::Result<void> handle_unauthorized(const http::Response& response, const base::Secret* sent,
                                         const TokenScope& scope, AuthState& state);

  // Returns whether renew_expired() may return true for this request.
  bool recognises_expiry(const AuthState& state);
  // Handles a 403 (`rejection`) to a request with the header `sent`. Returns true if its source
  // reports that the credential has expired, and has replaced it: then send again. At most once per
  // request, and not after handle_unauthorized() asked the source. Fails as the source does.
  base::Result<bool> renew_expired(const Rejection& rejection, const base::Secret& sent,
                                   const TokenScope& scope, AuthState& state);

  // Handles the rejection of an unauthenticated request without a challenge. Returns true if there
  // are credentials to send it again with, as Basic if no challenge was ever seen. At most once per
  // request.
  bool authenticate_unchallenged(AuthState& state);

  // Returns whether requests are sent with a credential: there is one, and the registry has
  // challenged.
  bool uses_credential();
  // Returns host, account and user name for errors; "anonymous" without a credential in use.
  Requester requester();
  // Returns a copy of the credential in use, loaded if no request did so yet; std::nullopt:
  // anonymous.
  base::Result<std::optional<Credential>> current_credential();
  // Returns whether the registry or its token service accepted the credential in use; std::nullopt
  // without one.
  std::optional<bool> is_verified();
  // Returns the Basic header of the credential in use, challenged or not; std::nullopt if it has no
  // password.
  std::optional<base::Secret> basic_header();
  // Returns whether there is a token that covers `scope`.
  bool has_token(const TokenScope& scope);
  // Returns the actions that it grants on the repository of `scope` ("pull"); std::nullopt if it
  // does not list them.
  std::optional<std::string> granted_actions(const TokenScope& scope);

  // Returns the error for an anonymous request that was denied, with the registry's message. Class
  // auth, code "auth.required".
  base::Error anonymous_denied(std::string message);
  // Returns `error` without the secrets that were sent: some registries repeat them in their
  // responses.
  base::Error without_secrets(base::Error error);

 private:
  enum class Scheme { unknown, basic, bearer };
  [[nodiscard]] std::optional<base::Secret> current_header(const TokenScope& scope) const;
  base::Result<void> prepare(const TokenScope& scope, AuthState& state);
  base::Result<void> handle_unauthorized_locked(const http::Response& response,
                                                const base::Secret* sent, const TokenScope& scope,
                                                AuthState& state);
  base::Result<void> handle_basic(const http::Response& response, bool sent,
                                  const TokenScope& scope, AuthState& state);
  base::Result<void> handle_bearer(const http::Response& response, const Challenge& challenge,
                                   const base::Secret* sent, const TokenScope& scope,
                                   AuthState& state);
  [[nodiscard]] bool is_final(const TokenEntry& entry, const Challenge& challenge,
                              const base::Secret* sent, const AuthState& state) const;
  base::Result<void> ensure_token(const TokenScope& scope, AuthState& state);
  base::Result<void> try_next_credential(base::Error error, AuthState& state);
  void use_credential(Credential next);
  [[nodiscard]] base::Error denied(std::string message, const TokenScope& scope, bool reads) const;
  [[nodiscard]] base::Error push_denied(const TokenScope& scope) const;
  [[nodiscard]] base::Error redacted(base::Error error) const;
  [[nodiscard]] base::Error with_tried_sources(base::Error error) const;

  std::string host_;
  http::Origin origin_;
  AuthErrors errors_;
  std::mutex mutex_;  // guards everything below
  Scheme scheme_ = Scheme::unknown;
  CredentialFallback credentials_;
  TokenCache tokens_;
};

}  // namespace berth::registry
