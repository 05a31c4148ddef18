#include "aws/credential_chain.hpp"

#include <algorithm>
#include <utility>

#include "aws/process_credentials.hpp"
#include "aws/remote_credentials.hpp"
#include "aws/sso_credentials.hpp"
#include "common/text.hpp"

namespace berth::aws {
namespace {

constexpr const char* kSession = "berth";
constexpr const char* kProfile = "AWS_PROFILE";
constexpr const char* kKeyId = "AWS_ACCESS_KEY_ID";
constexpr const char* kSecret = "AWS_SECRET_ACCESS_KEY";
constexpr const char* kSessionToken = "AWS_SESSION_TOKEN";
constexpr const char* kTokenFile = "AWS_WEB_IDENTITY_TOKEN_FILE";
constexpr const char* kRoleArn = "AWS_ROLE_ARN";
// The prefix of key ids that STS issues. Source: AWS IAM User Guide, "IAM identifiers".
constexpr const char* kTemporary = "ASIA";

// AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, then what the profile has, then STS of the registry's
// region.
std::string sts_endpoint(common::HostApi& host_api, const Profiles& profiles,
                         const std::string& profile, const std::string& host) {
  for (const char* name : {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"})
    if (auto url = host_api.environment_variable(name)) return *url;
  return profiles.endpoint(profile, "sts").value_or("https://" + host);
}

// The value without the blanks and line ends that a secret store or a shell left around it.
std::string plain_variable(common::HostApi& host_api, const char* name) {
  return std::string(common::trimmed(host_api.environment_variable(name).value_or("")));
}

KeysAnswer half_set(const char* set, const char* missing) {
  return {std::nullopt, std::string(set) + " is set, but not " + missing,
          std::string("set ") + missing + ", or unset " + set};
}

}  // namespace

CredentialChain::CredentialChain(common::HostApi& host_api, std::string region,
                                 const std::string& sts_host)
    : host_api_(host_api),
      region_(std::move(region)),
      profiles_(Profiles::read(host_api)),
      profile_variable_(profile_variable(host_api)),
      profile_(profile_in_use(host_api)),
      sts_(host_api, sts_endpoint(host_api, profiles_, profile_, sts_host), region_) {}

// A variable that should contain a URL and does not.
KeysAnswer CredentialChain::endpoint_fault() const {
  for (const char* name : {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_ECR",
                           "AWS_ENDPOINT_URL_ECR_PUBLIC"})
    if (const auto url = host_api_.environment_variable(name);
        url && !common::starts_with(*url, "http://") && !common::starts_with(*url, "https://"))
      return {std::nullopt, std::string(name) + " is " + *url + ", which is not a URL",
              std::string("set ") + name + " to an address that begins with https://, or unset it"};
  return {};
}

KeysAnswer CredentialChain::find() {
  if (KeysAnswer fault = endpoint_fault(); fault.is_set_up()) return fault;
  KeysAnswer environment = from_environment();
  if (environment.is_set_up()) return environment;
  tried_.push_back("environment: " + environment.absent);
  // A file that cannot be read may be the one with the keys.
  if (!profiles_.fault().empty())
    return {std::nullopt, profiles_.fault(), "fix or remove the file"};
  const std::pair<const char*, Source> sources[] = {
      {"profile", &CredentialChain::from_profile},
      {"web identity", &CredentialChain::from_web_identity},
      {"container", &CredentialChain::from_container},
      {"instance", &CredentialChain::from_instance}};
  for (const auto& [name, source] : sources) {
    KeysAnswer answer = (this->*source)();
    if (answer.is_set_up()) return answer;
    tried_.push_back(std::string(name) + ": " + answer.absent);
  }
  return {};
}

KeysAnswer CredentialChain::from_environment() {
  if (profile_variable_ == kProfile) return not_set_up("AWS_PROFILE is set");
  return keys_of_environment();
}

KeysAnswer CredentialChain::keys_of_environment() {
  const std::string id = plain_variable(host_api_, kKeyId);
  const std::string secret = plain_variable(host_api_, kSecret);
  if (id.empty() && secret.empty()) return not_set_up("AWS_ACCESS_KEY_ID is not set");
  if (secret.empty()) return half_set(kKeyId, kSecret);
  if (id.empty()) return half_set(kSecret, kKeyId);
  const std::string token = plain_variable(host_api_, kSessionToken);
  const bool lacks_token = common::starts_with(id, kTemporary) && token.empty();
  return {
      Keys{id, secret, token, 0, "environment AWS_ACCESS_KEY_ID",
           lacks_token
               ? "set AWS_SESSION_TOKEN: keys that begin with ASIA require it"
               : "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN to new keys"},
      {}};
}

KeysAnswer CredentialChain::from_profile() {
  if (!profiles_.has(profile_))
    return profile_variable_.empty() ? not_set_up("default not found" + and_missing_file())
                                     : missing_profile();
  std::vector<std::string> above;
  KeysAnswer answer = of_profile(profile_, above);
  return answer.is_set_up() ? answer : not_set_up(profiles_.source(profile_) + " has no keys");
}

std::string CredentialChain::and_missing_file() const {
  return profiles_.missing_file().empty() ? "" : "; " + profiles_.missing_file();
}

KeysAnswer CredentialChain::missing_profile() const {
  const std::string problem = profile_variable_ + " names profile " + profile_ +
                              ", which is not in " + profiles_.config_path() + and_missing_file();
  if (profiles_.lacks_prefix(profile_))
    return {
        std::nullopt, problem,
        "rename [" + profile_ + "] to [profile " + profile_ + "] in " + profiles_.config_path()};
  const std::string names = common::joined(profiles_.names(), ", ");
  return {std::nullopt, problem,
          names.empty() ? "aws configure --profile " + profile_
                        : "set " + profile_variable_ + " to one of: " + names};
}

KeysAnswer CredentialChain::from_web_identity() {
  const auto file = host_api_.environment_variable(kTokenFile);
  const auto arn = host_api_.environment_variable(kRoleArn);
  if (!file) return not_set_up("AWS_WEB_IDENTITY_TOKEN_FILE is not set");
  if (!arn) return half_set(kTokenFile, kRoleArn);
  return of_web_identity(
      {*arn, host_api_.environment_variable("AWS_ROLE_SESSION_NAME").value_or(kSession), {}}, *file,
      std::string("web identity ") + kTokenFile + " " + *file,
      std::string("set ") + kTokenFile + " to a file with a token, or unset it");
}

KeysAnswer CredentialChain::of_web_identity(const Role& role, const std::string& token_file,
                                            const std::string& source,
                                            const std::string& file_fix) {
  const common::File file = host_api_.file(token_file);
  const std::string token(common::trimmed(file.text));
  if (!file.problem.empty()) return {std::nullopt, source + ": " + file.problem, file_fix};
  if (token.empty())
    return {std::nullopt, source + ": the file " + (file.found ? "is empty" : "does not exist"),
            file_fix};
  KeysAnswer answer = sts_.assume_role_with_web_identity(role, token);
  if (answer.keys) answer.keys->source = "role " + role.arn + ", " + source;
  if (!answer.keys) answer.problem = source + ": " + answer.problem;
  return answer;
}

KeysAnswer CredentialChain::from_container() { return container_keys(host_api_); }

KeysAnswer CredentialChain::from_instance() {
  KeysAnswer switched = instance_switch(host_api_);
  if (switched.is_set_up() || !switched.absent.empty()) return switched;
  // Its keys may have been meant, and those of the instance are another identity.
  if (!profiles_.missing_file().empty())
    return {std::nullopt, profiles_.missing_file(),
            "create it, or unset the variable; so that the instance's role is used, set it to "
            "/dev/null"};
  return instance_keys(host_api_);
}

KeysAnswer CredentialChain::of_profile(const std::string& profile,
                                       std::vector<std::string>& above) {
  const std::string source = profiles_.source(profile);
  if (profiles_.has_any(profile, {"role_arn"})) return of_role(profile, above);
  if (profiles_.has_any(profile, {"web_identity_token_file"}))
    return {std::nullopt, source + " has web_identity_token_file, but no role_arn",
            "set role_arn in " + source};
  if (profiles_.has_any(profile, {"aws_access_key_id", "aws_secret_access_key"}))
    return of_static_keys(profile);
  if (profiles_.has_any(profile, {"sso_account_id", "sso_role_name"}))
    return sso_keys(host_api_, profiles_, profile);
  if (profiles_.has_any(profile, {"credential_process"}))
    return process_keys(host_api_, profiles_.get(profile, "credential_process").value_or(""),
                        source);
  // A login of the AWS command line, which keeps its keys for itself.
  if (profiles_.get(profile, "login_session"))
    return exported_keys(host_api_, profile, source + " was made by aws login",
                         "aws login --profile " + profile);
  return {};
}

KeysAnswer CredentialChain::of_static_keys(const std::string& profile) {
  const std::string source = profiles_.source(profile);
  const auto id = profiles_.get(profile, "aws_access_key_id");
  const auto secret = profiles_.get(profile, "aws_secret_access_key");
  const auto token = profiles_.get(profile, "aws_session_token");
  const std::string configure = "aws configure --profile " + profile;
  if (!id || !secret)
    return {std::nullopt,
            source + " has no " + (id ? "aws_secret_access_key" : "aws_access_key_id"), configure};
  return {Keys{*id, *secret, token.value_or(""), 0, source,
               token ? "write new temporary keys into " + source : configure},
          {}};
}

KeysAnswer CredentialChain::of_role(const std::string& profile, std::vector<std::string>& above) {
  const std::string source = profiles_.source(profile);
  const auto arn = profiles_.get(profile, "role_arn");
  if (!arn)
    return {std::nullopt, source + " has no value for role_arn", "set role_arn in " + source};
  const Role role{*arn, profiles_.get(profile, "role_session_name").value_or(kSession),
                  profiles_.get(profile, "external_id").value_or("")};
  if (const auto file = profiles_.get(profile, "web_identity_token_file"))
    return of_web_identity(role, *file, source + ", web_identity_token_file " + *file,
                           "set web_identity_token_file in " + source + " to a file with a token");
  if (profiles_.get(profile, "mfa_serial"))
    return exported_keys(
        host_api_, profile, source + " requires a code of a device, which berth does not ask for",
        "aws sts get-caller-identity --profile " + profile + ", which asks for the code");
  if (std::find(above.begin(), above.end(), profile) != above.end())
    return {std::nullopt, source + " is its own source_profile, by way of " + above.back(),
            "set source_profile in " + source + " to a profile with keys"};
  above.push_back(profile);
  const KeysAnswer with = source_of_role(profile, above);
  if (!with.keys) return {std::nullopt, with.problem, with.fix};
  KeysAnswer answer = sts_.assume_role(role, *with.keys);
  if (!answer.keys)
    return {std::nullopt, source + ": " + answer.problem + " (with " + with.keys->source + ")",
            answer.fix.empty() ? with.keys->renewal : answer.fix};
  answer.keys->source = "role " + *arn + " of " + source;
  answer.keys->renewal = with.keys->renewal;
  return answer;
}

// The keys that assume a role; a problem if they are missing.
KeysAnswer CredentialChain::source_of_role(const std::string& profile,
                                           std::vector<std::string>& above) {
  const std::string source = profiles_.source(profile);
  if (const auto other = profiles_.get(profile, "source_profile")) {
    if (!profiles_.has(*other))
      return {std::nullopt, source + " names source_profile " + *other + ", which does not exist",
              "set source_profile in " + source +
                  " to one of: " + common::joined(profiles_.names(), ", ")};
    KeysAnswer answer = *other == profile ? of_static_keys(profile) : of_profile(*other, above);
    if (answer.is_set_up()) return answer;
    return {std::nullopt, profiles_.source(*other) + " has no keys",
            "aws configure --profile " + *other};
  }
  const auto kind = profiles_.get(profile, "credential_source");
  if (!kind)
    return {std::nullopt,
            source + " has role_arn, but neither source_profile nor credential_source",
            "set source_profile or credential_source in " + source};
  KeysAnswer answer = of_credential_source(profile, *kind);
  if (answer.is_set_up()) return answer;
  return {std::nullopt, source + " has credential_source " + *kind + ": " + answer.absent,
          "set credential_source in " + source +
              " to Environment, EcsContainer or Ec2InstanceMetadata"};
}

KeysAnswer CredentialChain::of_credential_source(const std::string& profile,
                                                 const std::string& source) {
  if (source == "Environment") return keys_of_environment();
  if (source == "EcsContainer") return container_keys(host_api_);
  if (source == "Ec2InstanceMetadata") return instance_keys(host_api_);
  return {std::nullopt, profiles_.source(profile) + " has credential_source " + source,
          "set credential_source to Environment, EcsContainer or Ec2InstanceMetadata"};
}

}  // namespace berth::aws
