// The token service of a registry: exchanges a credential for a bearer token.
// Source: Docker Registry v2, "Token Authentication Specification" and "OAuth2 Token Authentication".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/client.hpp"
#include "http/origin.hpp"
#include "registry/credentials.hpp"

namespace berth::registry {

struct TokenRequest {
  std::string realm;    // absolute URL
  std::string service;  // empty: the challenge named none
  std::vector<std::string> scopes;
  http::AddressRule addresses = http::AddressRule::everything();  // where the realm may be
  std::string own_realm = {};  // the same at the registry's own origin, used if nothing is at `realm`; empty: none
};

struct Token {
  base::Secret value;
  std::chrono::steady_clock::time_point expires;
  std::optional<base::Secret> identity = {};  // a new identity token, in place of the one that was sent
  std::string realm = {};                     // that returned it
};

// The realm of a challenge as an absolute URL. A path is relative to the registry's own origin. Where a registry names
// its own host with plain HTTP and without the port, or with HTTP instead of HTTPS, which one behind a proxy without
// X-Forwarded-Proto or without the port in Host does, its own origin is used. Everything else is returned unchanged.
std::string resolve_realm(const std::string& realm, const http::Origin& registry);

// `realm` at the registry's own origin, if it names the registry's host without the port that this needs; else empty. A
// registry behind a proxy that forwards Host without the port names itself so.
std::string own_realm(const std::string& realm, const http::Origin& registry);

// Whether a token of `registry` may be requested at `realm`: with HTTPS anywhere; with plain HTTP only if the registry
// uses it, on the same host, and credentials only at the same origin. Class auth, code "auth.realm".
base::Result<void> check_realm(const std::string& realm, const http::Origin& registry, bool with_credentials);

// Where a registry that was dialled at an address of kind `from` may send us for tokens: anywhere on its own origin,
// else where AddressRule::named_from() lets it lead.
http::AddressRule realm_addresses(const std::string& realm, const http::Origin& registry, http::AddressKind from);

// Sends GET with Basic, or without credentials if `credential` is nullptr; an identity token is exchanged with POST. If
// the service does not support that (404, 405), the other method is used. Every error says that it is the registry that
// names this token service. Classes auth ("auth.refused", "auth.required", "auth.realm": at an address that `request`
// forbids), denied ("auth.denied"), server ("auth.token-service", "auth.token-answer"), network, stall. `host` is the
// registry's name for errors.
base::Result<Token> fetch_token(http::ClientPool& pool, std::string_view host, const TokenRequest& token_request,
                                const Credential* credential);

// The token in a response. `expires_in` counts from the request, else the token's own claims are used; missing, absurd
// or less than a minute: a minute; at most a day.
base::Result<Token> parse_token(std::string_view body, std::chrono::steady_clock::time_point asked,
                                std::string_view host);

}  // namespace berth::registry
