// Where AWS's own tools find their keys, in their order: environment → profile (role, keys, single
// sign-on, process, web identity) → web identity of the environment → container → instance. The
// first source that is set up answers or fails; it is never passed over for a later one, which may
// be another identity. Source: AWS SDKs and Tools Reference Guide, "Standardized credential
// providers"; @aws-sdk/credential-provider-node.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/profile.hpp"
#include "aws/sts.hpp"
#include "common/host_api.hpp"

namespace berth::aws {

class CredentialChain {
 public:
  // `region` and `sts_host` are those of the registry's host, for requests to STS.
  CredentialChain(common::HostApi& host_api, std::string region, const std::string& sts_host);

  KeysAnswer find();
  // As Sts::caller.
  std::optional<Caller> caller(const Keys& keys, std::int64_t timeout_ms = 0) {
    return sts_.caller(keys, timeout_ms);
  }
  // Every source that is not set up, in order: "environment: AWS_ACCESS_KEY_ID is not set".
  [[nodiscard]] const std::vector<std::string>& tried() const { return tried_; }

 private:
  using Source = KeysAnswer (CredentialChain::*)();
  [[nodiscard]] KeysAnswer endpoint_fault() const;
  KeysAnswer from_environment();
  KeysAnswer keys_of_environment();
  KeysAnswer from_profile();
  KeysAnswer from_web_identity();
  KeysAnswer from_container();
  KeysAnswer from_instance();
  [[nodiscard]] KeysAnswer missing_profile() const;
  [[nodiscard]] std::string and_missing_file() const;
  KeysAnswer of_profile(const std::string& profile, std::vector<std::string>& above);
  KeysAnswer of_role(const std::string& profile, std::vector<std::string>& above);
  KeysAnswer source_of_role(const std::string& profile, std::vector<std::string>& above);
  KeysAnswer of_credential_source(const std::string& profile, const std::string& source);
  KeysAnswer of_static_keys(const std::string& profile);
  KeysAnswer of_web_identity(const Role& role, const std::string& token_file,
                             const std::string& source, const std::string& file_fix);

  common::HostApi& host_api_;
  std::string region_;
  Profiles profiles_;
  std::string profile_variable_;  // that names the profile; empty: none does
  std::string profile_;
  Sts sts_;
  std::vector<std::string> tried_;
};

}  // namespace berth::aws
