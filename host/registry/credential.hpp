// Credential: a user name and password, or a token, for one registry; and what a CredentialSource
// is asked with. Values.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/secret.hpp"

namespace berth::registry {

struct Credential {
  enum class Kind {
    password,        // with a username: Basic, or exchanged for a token
    identity_token,  // exchanged for a token (an OAuth2 refresh token)
    registry_token,  // a bearer token, sent as it is
  };
  std::string username;  // empty for tokens
  base::Secret password;
  std::string source;  // "password of acme-bot, from ~/.docker/config.json, entry r.example"
  Kind kind = Kind::password;
  std::optional<std::chrono::steady_clock::time_point>
      renew_at{};  // expires soon after: ask its source for another

  [[nodiscard]] Credential clone() const {
    return {username, password.clone(), source, kind, renew_at};
  }
};

// Returns "user acme-bot" or "the identity token"; "an anonymous user" for nullptr.
std::string describe_account(const Credential* credential);

// Returns the value of the Authorization header of scheme Basic (RFC 7617).
base::Secret basic_header(const Credential& credential);
// Returns the value of the Authorization header of scheme Bearer (RFC 6750).
base::Secret bearer_header(const base::Secret& token);

// Which credentials are requested from a source.
struct CredentialRequest {
  std::string host;             // as Reference::host() spells it
  std::string repository = {};  // below the host; empty: none
  std::string username = {};    // only this user's credentials; empty: any user's
};

// A registry's response by which it rejected a request that carried a credential.
struct Rejection {
  std::string code;        // berth's: "auth.denied"
  std::string message;     // the registry's: "403 DENIED: Your authorization token has expired"
  std::string repository;  // below the host; empty: none
};

}  // namespace berth::registry
