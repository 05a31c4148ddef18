// A token of Entra for one of the registry, which its token service takes as an identity token.
// Source: Azure/acr, docs/AAD-OAuth.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "azure/acr_host.hpp"
#include "azure/entra.hpp"
#include "common/host_api.hpp"

namespace berth::azure {

struct RefreshToken {
  std::string token;
  std::int64_t expires = 0;  // seconds since 1970; 0: not known
  std::string source;
};

struct Exchanged {
  std::optional<RefreshToken> token;
  std::string problem;   // why the token is missing
  bool refused = false;  // the registry rejected the identity
  std::string fix{};     // if it did not
};

Exchanged exchange_token(common::HostApi& host_api, const AcrHost& host, const EntraToken& token);

// The identity of a token of Entra, as `az role assignment create --assignee` accepts it;
// "OBJECT-ID" if it is not known.
std::string assignee_of(const std::string& token);
// The identity of registry credentials with this user name: that of an application, whose ID it is;
// else "OBJECT-ID".
std::string assignee_of_user(const std::string& username);
// The command that assigns the role to push.
std::string role_command(const AcrHost& host, const std::string& assignee);

}  // namespace berth::azure
