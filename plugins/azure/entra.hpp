// Microsoft Entra ID: tokens for a container registry, asked for as an application that proves who
// it is. Source: Microsoft identity platform, "OAuth 2.0 client credentials flow"; AADSTS codes:
// "error codes reference".
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/host_api.hpp"

namespace berth::azure {

// The scope of tokens. A registry's policy can reject those for the resource manager.
inline constexpr const char* kAudience = "https://containerregistry.azure.net";

struct EntraToken {
  std::string token;
  std::string tenant;  // empty: not known
  std::string source;  // for people: "environment AZURE_CLIENT_SECRET"
};

// The token of one source, or the reason why it has no token.
struct TokenAnswer {
  std::optional<EntraToken> token;
  std::string problem;    // what is broken in a source that is set up: no other is asked
  std::string nothing{};  // else: why the source is not set up
  std::string fix{};      // of `problem`, the user's next step; empty if none is known
};

struct Client {
  std::string tenant;
  std::string id;
  std::string source;
};

class Entra {
 public:
  // `authority`: "https://login.microsoftonline.com".
  Entra(common::HostApi& host_api, std::string authority)
      : host_api_(host_api), authority_(std::move(authority)) {}

  // Where the client's tenant gives tokens; what an assertion is made out to.
  [[nodiscard]] std::string address(const Client& client) const;
  TokenAnswer with_secret(const Client& client, const std::string& secret);
  // A JWT of the client's own, or of a platform that the client trusts.
  TokenAnswer with_assertion(const Client& client, const std::string& assertion);

 private:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  TokenAnswer ask(const Client& client, const Fields& proof);
  [[nodiscard]] TokenAnswer refusal(const Client& client, const common::Response& response) const;
  common::HostApi& host_api_;
  std::string authority_;
};

}  // namespace berth::azure
