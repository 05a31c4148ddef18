// A token of Entra for one of the registry, which its token service takes as an identity token.
// Source: Azure/acr, docs/AAD-OAuth.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "azure/acr_host.hpp"
#include "azure/entra.hpp"
#include "cloud/machine.hpp"

namespace berth::azure {

struct RefreshToken {
  std::string token;
  std::int64_t expires = 0;  // seconds since 1970; 0: not said
  std::string source;
};

struct Exchanged {
  std::optional<RefreshToken> token;
  std::string problem;   // why there is none, in a sentence
  bool refused = false;  // the identity is none to this registry
};

Exchanged exchange_token(cloud::Machine& machine, const AcrHost& host, const EntraToken& token);

// Who a token of Entra stands for, as `az role assignment create --assignee` takes it.
std::string assignee_of(const std::string& token);
// What lets somebody push, in words, and the command that gives it.
inline constexpr const char* kPushRoles =
    "AcrPush, or, where rights are given by repository, Container Registry Repository Writer";
std::string role_command(const AcrHost& host, const std::string& assignee);

}  // namespace berth::azure
