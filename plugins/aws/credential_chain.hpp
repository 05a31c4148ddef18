// Where AWS's own tools find their keys, in their order: environment → profile (role, keys, single sign-on, process,
// web identity) → web identity of the environment → container → instance. The first source that is set up answers or
// fails; it is never passed over for a later one.
// Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers"; @aws-sdk/credential-provider-node.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/profile.hpp"
#include "aws/sts.hpp"
#include "cloud/machine.hpp"

namespace berth::aws {

class CredentialChain {
 public:
  // `region` and `sts_host` are those of the registry's host, for questions to STS.
  CredentialChain(cloud::Machine& machine, std::string region, const std::string& sts_host);

  KeysAnswer find();
  // The ARN of whoever has these keys; empty: it was not told.
  std::string caller(const Keys& keys) { return sts_.caller(keys); }
  // Every source that was looked at, with what came of it, in order: "environment: AWS_ACCESS_KEY_ID is not set".
  [[nodiscard]] const std::vector<std::string>& tried() const { return tried_; }
  [[nodiscard]] const Profiles& profiles() const { return profiles_; }
  // Of the profile in use.
  [[nodiscard]] const std::string& profile() const { return profile_; }

 private:
  using Source = KeysAnswer (CredentialChain::*)();
  KeysAnswer from_environment();
  KeysAnswer from_profile();
  KeysAnswer from_web_identity();
  KeysAnswer of_profile(const std::string& profile, std::vector<std::string>& above);
  KeysAnswer of_role(const std::string& profile, const std::string& arn, std::vector<std::string>& above);
  KeysAnswer of_credential_source(const std::string& profile, const std::string& source);
  KeysAnswer of_static_keys(const std::string& profile);
  KeysAnswer of_web_identity(const Role& role, const std::string& token_file);

  cloud::Machine& machine_;
  std::string region_;
  Profiles profiles_;
  std::string profile_;
  bool profile_asked_for_;  // AWS_PROFILE
  Sts sts_;
  std::vector<std::string> tried_;
};

}  // namespace berth::aws
