// AWS Signature Version 4 of a POST to "/": all that the interfaces of ECR and STS need. Pure.
// Source: AWS General Reference, "Create a signed AWS API request".
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::aws {

struct Keys {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty: none
  std::int64_t expires = 0;   // seconds since 1970; 0: they do not
  std::string source;         // where they are from: "profile prod of ~/.aws/credentials"
};

// SHA-256 and HMAC-SHA-256 of the host: 32 bytes each.
struct Hashes {
  std::function<std::string(std::string_view bytes)> sha256;
  std::function<std::string(std::string_view key, std::string_view bytes)> hmac;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Signing {
  std::string host;
  std::string region;
  std::string service;   // "ecr", "ecr-public", "sts"
  std::int64_t seconds;  // the time of signing
};

// `headers` with those of the signature added: X-Amz-Date, X-Amz-Security-Token, Authorization. The host's own header
// is signed, but not added.
Headers signed_headers(Headers headers, std::string_view body, const Keys& keys, const Signing& signing,
                       const Hashes& hashes);

}  // namespace berth::aws
