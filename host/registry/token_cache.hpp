// TokenCache: the bearer tokens of one registry, by scope, and the token service that issues them.
// Part of Authorizer, whose header describes when tokens are replaced. Tokens are kept only in
// memory. Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "http/client.hpp"
#include "http/origin.hpp"
#include "registry/auth_state.hpp"
#include "registry/challenge.hpp"
#include "registry/scope_set.hpp"
#include "registry/token_service.hpp"

namespace berth::registry {

// The token of one TokenScope. Value.
struct TokenEntry {
  ScopeSet scopes;  // to request when the token has to be replaced
  std::optional<Token> token;
  // Number of consecutive tokens, including this one, that the registry has never accepted; the
  // second counts for requests that write, since an accepted read shows nothing about writing.
  int unaccepted = 0;
  int unaccepted_writes = 0;
  int optional_renewals = 0;   // replacements of tokens that were rejected for optional requests
  bool widened = false;        // requested again, once, because the service had granted too little
  bool push_denied = false;    // a token that was requested for a write does not grant push
  bool mount_refused = false;  // no token was granted that includes TokenScope::mount_scope

  // Whether `header` (nullptr: none was sent) is the Authorization header with this token.
  [[nodiscard]] bool is_sent_in(const base::Secret* header) const;
  // Returns whether a 401 for this token is final. A token that was accepted before may have been
  // revoked: it is replaced once. So is one that was never accepted, unless the previous token was
  // not accepted either, its claims show that it does not grant `needed` (the scope of the
  // challenge), or the request is optional or anonymous.
  [[nodiscard]] bool is_rejection_final(const std::string& needed, const AuthState& state,
                                        bool anonymous) const;
};

class TokenCache {
 public:
  // `host` names the registry in errors; `origin` is its own. References must outlive the cache.
  TokenCache(std::string host, http::Origin origin, http::ClientPool& pool, base::Log& log)
      : host_(std::move(host)), origin_(std::move(origin)), pool_(pool), log_(log) {}

  // Uses the token service that a Bearer challenge names, and drops the tokens of another service.
  // `address` is where the challenge came from: it limits where the service may be.
  void use_service(const Challenge& challenge, http::AddressKind address);
  // Returns the entry of `scope`; creates it if it does not exist.
  TokenEntry& entry(const TokenScope& scope);
  // Returns the scope's own token; nullptr without one.
  [[nodiscard]] const Token* find_own(const TokenScope& scope) const;
  // Returns the scope's own token, else one that covers the scope (an exchange can be slower than
  // the request that needs it); nullptr without one.
  [[nodiscard]] const Token* find(const TokenScope& scope) const;
  // Returns whether the token of `scope` lists its actions, and not the push that `scope` contains.
  [[nodiscard]] bool lacks_push(const TokenScope& scope) const;
  // Returns whether the token of `scope` lists its actions, and not the pull of its mount_scope.
  [[nodiscard]] bool lacks_mount(const TokenScope& scope) const;
  // Requests a token for the scopes of `entry` and stores it there. `credential` is nullptr if
  // anonymous; an identity token that the service replaces is replaced in it. Errors: those of
  // fetch_token() and check_realm().
  base::Result<void> fetch(TokenEntry& entry, Credential* credential);
  // Records that the registry accepted a request (`reads`: GET or HEAD) with the header `sent`.
  void observe_accepted(const base::Secret& sent, bool reads);
  // Drops the tokens, because another credential is used from now on. Scopes stay: they were
  // learned from challenges.
  void drop_tokens();
  // Returns `text` without any of the tokens.
  [[nodiscard]] std::string redacted(std::string text) const;

 private:
  std::string host_;
  http::Origin origin_;
  http::ClientPool& pool_;
  base::Log& log_;
  std::string named_realm_;  // realm of the last challenge
  TokenRequest service_;     // where tokens are requested, and for which service; without scopes
  std::map<std::string, TokenEntry> entries_;  // by TokenScope::key()
};

}  // namespace berth::registry
