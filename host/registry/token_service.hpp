// Exchanges a credential for a bearer token at the token service of a registry.
// Source: Docker Registry v2, "Token Authentication Specification" and "OAuth2 Token
// Authentication".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/client.hpp"
#include "http/origin.hpp"
#include "registry/credential_chain.hpp"

namespace berth::registry {

struct TokenRequest {
  std::string realm;    // absolute URL
  std::string service;  // empty: not in the challenge
  std::vector<std::string> scopes;
  http::AddressPolicy addresses =
      http::AddressPolicy::everything();  // where the realm's host may be
  std::string own_realm =
      {};  // the same at the registry's own origin, used if `realm` does not work; empty: none
};

struct Token {
  base::Secret value;
  std::chrono::steady_clock::time_point expires;
  std::optional<base::Secret> identity =
      {};                    // a new identity token that replaces the one that was sent
  std::string realm = {};    // the realm that returned it
  bool denies_push = false;  // see denies_push() in token_claims.hpp
};

// Returns the realm of a challenge as an absolute URL. A path is relative to the registry's own
// origin. The registry's own origin is also used if the realm has the registry's host, but HTTP
// without the port, or HTTP instead of HTTPS: a registry behind a proxy names itself so without
// X-Forwarded-Proto, or without the port in Host. Everything else is returned unchanged.
std::string resolve_realm(const std::string& realm, const http::Origin& registry);

// Returns `realm` at the registry's own origin if it has the registry's host without the required
// port; else empty. A registry behind a proxy that forwards Host without the port names itself so.
std::string own_realm(const std::string& realm, const http::Origin& registry);

// Checks whether a token for `registry` may be requested at `realm`. HTTPS: any host. HTTP: only if
// the registry uses HTTP, on the same host; with credentials, only at the same origin. Fails with
// class auth, code "auth.realm".
base::Result<void> check_realm(const std::string& realm, const http::Origin& registry,
                               bool with_credentials);

// Returns the addresses to which `registry`, connected at an address of kind `from`, may direct
// token requests: any on its own origin, else those of AddressPolicy::allowed_from().
http::AddressPolicy realm_addresses(const std::string& realm, const http::Origin& registry,
                                    http::AddressKind from);

// Requests a token. Sends GET with Basic, or without credentials if `credential` is nullptr; an
// identity token is exchanged with POST. If the service does not support that (404, 405), the other
// method is used. Every error states that the registry named this token service. Classes auth
// ("auth.refused", "auth.required"; "auth.realm" for an address that `token_request` forbids),
// denied ("auth.denied"), server ("auth.token-service", "auth.token-answer"), network, stall.
// `host` is the registry's name for errors.
base::Result<Token> fetch_token(http::ClientPool& pool, std::string_view host,
                                const TokenRequest& token_request, const Credential* credential);

// Parses the token in a response. `expires_in` counts from the request (`requested_at`); without it
// the token's own claims are used. The lifetime is a minute if it is missing, invalid or shorter,
// and at most a day.
base::Result<Token> parse_token(std::string_view body,
                                std::chrono::steady_clock::time_point requested_at,
                                std::string_view host);

}  // namespace berth::registry
