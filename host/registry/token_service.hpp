// What a token service is asked, and what it answers: a credential exchanged for a bearer token.
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

struct TokenQuestion {
  std::string realm;    // absolute URL
  std::string service;  // empty: the challenge named none
  std::vector<std::string> scopes;
  http::AddressRule addresses = http::AddressRule::everything();  // where the realm may be
};

struct Token {
  base::Secret value;
  std::chrono::steady_clock::time_point expires;
  std::optional<base::Secret> identity = {};  // a new identity token, in place of the one that was sent
};

// Whether a credential of `registry` may go to `realm`: https from https, http only on the registry's own host when
// that speaks http itself. Class auth, code "auth.realm".
base::Result<void> check_realm(const std::string& realm, const http::Origin& registry);

// Where a registry that was dialled at an address of kind `from` may send us for tokens: anywhere on its own origin,
// else where AddressRule::named_from() lets it lead.
http::AddressRule realm_addresses(const std::string& realm, const http::Origin& registry, http::AddressKind from);

// Asks with GET and Basic, anonymously without a credential; an identity token is exchanged with POST. Where the
// service does not have that way (404, 405), a credential goes the other one. Classes auth
// ("auth.refused", "auth.required", "auth.realm" at an address that `question` forbids), denied ("auth.denied"), server
// ("auth.token-service", "auth.token-answer"), network, stall. `host` is the registry's name for errors.
base::Result<Token> fetch_token(http::ClientPool& pool, std::string_view host, const TokenQuestion& question,
                                const Credential* credential);

// The token of an answer. `expires_in` counts from when it was asked for, else what the token says of itself; missing,
// absurd or less than a minute: a minute; at most a day.
base::Result<Token> parse_token(std::string_view body, std::chrono::steady_clock::time_point asked,
                                std::string_view host);

}  // namespace berth::registry
