// The exchanges for Google's access tokens: one function per request.
// Sources: "Using OAuth 2.0 for Server to Server Applications"; RFC 6749, 7523, 8693; STS v1 and
// IAM Credentials v1 references.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <berth/json.hpp>

#include "common/finding.hpp"
#include "common/host_api.hpp"

namespace berth::gcp {

struct AccessToken {
  std::string token;
  std::int64_t expires = 0;  // seconds since 1970; 0: not known
  std::string source;        // where it is from: "service account pusher@… of /etc/key.json"
  std::string member;        // as policies name it: "serviceAccount:pusher@…"; empty: not known
};

// The token of one source, or why the source is broken. Neither: the source is not set up.
struct TokenAnswer {
  std::optional<AccessToken> token{};
  std::optional<common::Finding> problem{};
};

// A source that is set up and cannot be used.
TokenAnswer broken(const std::string& message, const std::string& fix = {});

// Where a credential comes from, and the fix if Google rejects it.
struct TokenSource {
  std::string source;    // for people: "key of pusher@… in /etc/key.json"
  std::string member{};  // as AccessToken::member
  std::string fix{};
};

// Client of OAuth, where there is one.
struct Client {
  std::string id{};
  std::string secret{};
};

struct ServiceAccountKey {
  std::string email;
  std::string key_id;       // empty: not known
  std::string private_key;  // PEM
  std::string token_uri;
};

// A service account's key signs a JWT, which is exchanged.
TokenAnswer exchange_key(common::HostApi& host_api, const ServiceAccountKey& key,
                         const TokenSource& source);
// A user's refresh token.
TokenAnswer refresh_user(common::HostApi& host_api, const std::string& url, const Client& client,
                         const std::string& refresh_token, const TokenSource& source);
// The refresh token of a user of a workforce pool, whose client is named by Basic.
TokenAnswer refresh_workforce(common::HostApi& host_api, const std::string& url,
                              const Client& client, const std::string& refresh_token,
                              const TokenSource& source);

struct Subject {
  std::string audience;
  std::string token;
  std::string token_type;
  std::string user_project{};  // of workforce pools; empty: none
};

// Workload identity: a token of another issuer.
TokenAnswer exchange_subject(common::HostApi& host_api, const std::string& url,
                             const Client& client, const Subject& subject,
                             const TokenSource& source);

struct Impersonation {
  std::string url;  // "…/serviceAccounts/EMAIL:generateAccessToken"
  std::int64_t lifetime = 3600;
  std::optional<std::vector<std::string>> delegates{};
};

// The token of a service account that `caller` may impersonate.
TokenAnswer impersonate(common::HostApi& host_api, const Impersonation& impersonation,
                        const AccessToken& caller);

// "{…, access_token, expires_in}", of all of the above and of the metadata server.
TokenAnswer token_in(common::HostApi& host_api, const common::Response& response,
                     const TokenSource& source);

// Whether a URL leads to Google's own token services: https, *.googleapis.com or
// accounts.google.com.
bool is_googles(const std::string& url);

// The error message of a response, of either form: "invalid_grant: …", "PERMISSION_DENIED: …".
std::string error_message(const common::Response& response);

}  // namespace berth::gcp
