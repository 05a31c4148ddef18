// Where Azure's own tools find their tokens, in the order of DefaultAzureCredential: environment →
// workload identity → managed identity → az. The first source that is set up answers or fails;
// AZURE_TOKEN_CREDENTIALS narrows them. Source: Azure SDK, "Credential chains in the Azure Identity
// library"; @azure/identity.
#pragma once

#include <string>
#include <vector>

#include "azure/entra.hpp"
#include "common/host_api.hpp"

namespace berth::azure {

class CredentialChain {
 public:
  // `authority` is that of the registry's cloud; AZURE_AUTHORITY_HOST comes before it.
  CredentialChain(common::HostApi& host_api, const std::string& authority);

  TokenAnswer find();
  // Every source that was looked at, with what came of it, in order: "environment: no
  // AZURE_CLIENT_ID".
  [[nodiscard]] const std::vector<std::string>& tried() const { return tried_; }

 private:
  TokenAnswer from_environment();
  TokenAnswer from_workload_identity();
  TokenAnswer from_managed_identity();
  TokenAnswer from_command_line();
  TokenAnswer with_certificate(const Client& client, const std::string& path);

  common::HostApi& host_api_;
  std::string narrowed_;  // AZURE_TOKEN_CREDENTIALS in lower case; empty: all
  std::string authority_;
  Entra entra_;
  std::vector<std::string> tried_;
};

}  // namespace berth::azure
