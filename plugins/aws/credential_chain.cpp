#include "aws/credential_chain.hpp"

#include <algorithm>
#include <utility>

#include "aws/process_credentials.hpp"
#include "aws/remote_credentials.hpp"
#include "aws/sso_credentials.hpp"
#include "cloud/text.hpp"

namespace berth::aws {
namespace {

constexpr const char* kSession = "berth";

// AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, then what the profile says, then STS beside the registry.
std::string sts_endpoint(cloud::Machine& machine, const Profiles& profiles, const std::string& profile,
                         const std::string& host) {
  for (const char* name : {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"})
    if (auto url = machine.variable(name)) return *url;
  return profiles.endpoint(profile, "sts").value_or("https://" + host);
}

}  // namespace

CredentialChain::CredentialChain(cloud::Machine& machine, std::string region, const std::string& sts_host)
    : machine_(machine),
      region_(std::move(region)),
      profiles_(Profiles::read(machine)),
      profile_(machine.variable("AWS_PROFILE").value_or("default")),
      profile_asked_for_(machine.variable("AWS_PROFILE").has_value()),
      sts_(machine, sts_endpoint(machine, profiles_, profile_, sts_host), region_) {}

KeysAnswer CredentialChain::find() {
  const std::pair<const char*, Source> sources[] = {{"environment", &CredentialChain::from_environment},
                                                    {"profile", &CredentialChain::from_profile},
                                                    {"web identity", &CredentialChain::from_web_identity}};
  for (const auto& [name, source] : sources) {
    KeysAnswer answer = (this->*source)();
    if (answer.keys || !answer.problem.empty()) return answer;
    tried_.push_back(std::string(name) + ": nothing set");
  }
  KeysAnswer container = container_keys(machine_);
  if (container.keys || !container.problem.empty()) return container;
  tried_.emplace_back("container: nothing set");
  KeysAnswer instance = instance_keys(machine_);
  if (!instance.keys) tried_.push_back("instance: " + (instance.problem.empty() ? "nothing set" : instance.problem));
  // On a laptop nobody answers there: that is no fault of it.
  return instance.keys ? instance : KeysAnswer{};
}

KeysAnswer CredentialChain::from_environment() {
  if (profile_asked_for_) return {};
  const auto id = machine_.variable("AWS_ACCESS_KEY_ID");
  const auto secret = machine_.variable("AWS_SECRET_ACCESS_KEY");
  if (!id && !secret) return {};
  if (!id || !secret)
    return {std::nullopt, std::string(id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY") + " is set, but not " +
                              (id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID")};
  return {Keys{*id, *secret, machine_.variable("AWS_SESSION_TOKEN").value_or(""), 0, "environment AWS_ACCESS_KEY_ID"},
          {}};
}

KeysAnswer CredentialChain::from_profile() {
  if (!profiles_.has(profile_)) {
    if (!profile_asked_for_) return {};
    return {std::nullopt, "AWS_PROFILE names " + profile_ + ", which is not in " +
                              profiles_.place(profile_).substr(("profile " + profile_ + " of ").size())};
  }
  std::vector<std::string> above;
  return of_profile(profile_, above);
}

KeysAnswer CredentialChain::from_web_identity() {
  const auto file = machine_.variable("AWS_WEB_IDENTITY_TOKEN_FILE");
  const auto arn = machine_.variable("AWS_ROLE_ARN");
  if (!file || !arn) return {};
  return of_web_identity({*arn, machine_.variable("AWS_ROLE_SESSION_NAME").value_or(kSession), {}}, *file);
}

KeysAnswer CredentialChain::of_web_identity(const Role& role, const std::string& token_file) {
  const cloud::File file = machine_.file(token_file);
  if (!file.found || !file.problem.empty())
    return {std::nullopt, "the web identity token " + token_file + ": " +
                              (file.problem.empty() ? "there is no such file" : file.problem)};
  KeysAnswer answer = sts_.assume_role_with_web_identity(role, std::string(cloud::trimmed(file.text)));
  if (answer.keys) answer.keys->source = "role " + role.arn + ", web identity " + token_file;
  return answer;
}

KeysAnswer CredentialChain::of_profile(const std::string& profile, std::vector<std::string>& above) {
  if (const auto arn = profiles_.get(profile, "role_arn")) return of_role(profile, *arn, above);
  if (profiles_.get(profile, "aws_access_key_id")) return of_static_keys(profile);
  if (profiles_.get(profile, "sso_account_id")) return sso_keys(machine_, profiles_, profile);
  if (const auto command = profiles_.get(profile, "credential_process"))
    return process_keys(machine_, *command, profiles_.place(profile));
  // A login of the AWS command line alone, which keeps its keys for itself.
  if (profiles_.get(profile, "login_session")) return exported_keys(machine_, profile, "it was made by aws login");
  return {};
}

KeysAnswer CredentialChain::of_static_keys(const std::string& profile) {
  const auto secret = profiles_.get(profile, "aws_secret_access_key");
  if (!secret) return {std::nullopt, profiles_.place(profile) + " has aws_access_key_id, but no aws_secret_access_key"};
  return {Keys{*profiles_.get(profile, "aws_access_key_id"), *secret,
               profiles_.get(profile, "aws_session_token").value_or(""), 0, profiles_.place(profile)},
          {}};
}

KeysAnswer CredentialChain::of_role(const std::string& profile, const std::string& arn,
                                    std::vector<std::string>& above) {
  const std::string place = profiles_.place(profile);
  const Role role{arn, profiles_.get(profile, "role_session_name").value_or(kSession),
                  profiles_.get(profile, "external_id").value_or("")};
  if (const auto file = profiles_.get(profile, "web_identity_token_file")) return of_web_identity(role, *file);
  if (profiles_.get(profile, "mfa_serial"))
    return exported_keys(machine_, profile, place + " asks for a code of a device, which berth does not");
  if (std::find(above.begin(), above.end(), profile) != above.end())
    return {std::nullopt, place + " is its own source_profile, by way of " + above.back()};
  above.push_back(profile);
  KeysAnswer with;
  if (const auto source = profiles_.get(profile, "source_profile")) {
    if (!profiles_.has(*source))
      return {std::nullopt, place + " names source_profile " + *source + ", which is nowhere"};
    with = *source == profile ? of_static_keys(profile) : of_profile(*source, above);
  } else if (const auto kind = profiles_.get(profile, "credential_source")) {
    with = of_credential_source(profile, *kind);
  } else {
    return {std::nullopt, place + " has role_arn, but neither source_profile nor credential_source"};
  }
  if (!with.keys) return {std::nullopt, with.problem.empty() ? place + ": its source has no keys" : with.problem};
  KeysAnswer answer = sts_.assume_role(role, *with.keys);
  if (answer.keys) answer.keys->source = "role " + arn + " of " + place;
  return answer;
}

KeysAnswer CredentialChain::of_credential_source(const std::string& profile, const std::string& source) {
  if (source == "Environment") {
    const bool asked_for = std::exchange(profile_asked_for_, false);
    KeysAnswer answer = from_environment();
    profile_asked_for_ = asked_for;
    return answer;
  }
  if (source == "EcsContainer") return container_keys(machine_);
  if (source == "Ec2InstanceMetadata") return instance_keys(machine_);
  return {std::nullopt, profiles_.place(profile) + " has credential_source " + source +
                            ": it is Environment, EcsContainer or Ec2InstanceMetadata"};
}

}  // namespace berth::aws
