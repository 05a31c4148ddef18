// AWS Signature Version 4 of a POST to "/": all that the interfaces of ECR and STS need.
// Source: AWS General Reference, "Create a signed AWS API request".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/host_api.hpp"

namespace berth::common {

struct AwsKeys {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty: none
  std::int64_t expires = 0;   // seconds since 1970; 0: they do not
  std::string source;         // where they are from: "profile prod of ~/.aws/credentials"
  std::string renewal{};      // how the user gets others if these are rejected; empty: not known
};

using Headers = std::vector<std::pair<std::string, std::string>>;

struct AwsSigning {
  std::string host;
  std::string region;
  std::string service;   // "ecr", "ecr-public", "sts"
  std::int64_t seconds;  // the time of signing
  std::string query{};   // "Action=GetCallerIdentity&Version=2011-06-15": sorted and encoded
};

// `headers` with those of the signature added: X-Amz-Date, X-Amz-Security-Token, Authorization. The
// host's own header is signed, but not added. The hashes are the machine's.
Headers aws_signed_headers(Headers headers, std::string_view body, const AwsKeys& keys,
                           const AwsSigning& signing, HostApi& host_api);

}  // namespace berth::common
