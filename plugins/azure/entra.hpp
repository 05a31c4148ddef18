// Microsoft Entra ID: tokens for a container registry, asked for as an application that proves who it is.
// Source: Microsoft identity platform, "OAuth 2.0 client credentials flow"; AADSTS codes: "error codes reference".
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloud/machine.hpp"

namespace berth::azure {

// What tokens are for. Those for the resource manager are refused where a registry's policy says so.
inline constexpr const char* kAudience = "https://containerregistry.azure.net";

struct EntraToken {
  std::string token;
  std::string tenant;  // empty: not known
  std::string source;  // for people: "environment AZURE_CLIENT_SECRET"
};

// What came of asking one source.
struct TokenAnswer {
  std::optional<EntraToken> token;
  std::string problem;    // it is set up, and broken: no other is asked
  std::string nothing{};  // else: why it has nothing to say
};

struct Client {
  std::string tenant;
  std::string id;
  std::string source;
};

class Entra {
 public:
  // `authority`: "https://login.microsoftonline.com".
  Entra(cloud::Machine& machine, std::string authority) : machine_(machine), authority_(std::move(authority)) {}

  // Where the client's tenant gives tokens; what an assertion is made out to.
  [[nodiscard]] std::string address(const Client& client) const;
  TokenAnswer with_secret(const Client& client, const std::string& secret);
  // A JWT of the client's own, or of a platform that the client trusts.
  TokenAnswer with_assertion(const Client& client, const std::string& assertion);

 private:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  TokenAnswer ask(const Client& client, const Fields& proof);
  [[nodiscard]] std::string refusal(const cloud::Response& response) const;
  cloud::Machine& machine_;
  std::string authority_;
};

}  // namespace berth::azure
