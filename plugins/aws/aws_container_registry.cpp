// aws: Amazon ECR, private and public, in every partition. README.md lists the requests, and the
// permission that each needs.
#include <berth/container_registry.hpp>

#include <algorithm>

#include "aws/credential_chain.hpp"
#include "aws/ecr_api.hpp"
#include "aws/ecr_host.hpp"
#include "aws/error_hints.hpp"
#include "aws/findings.hpp"
#include "aws/preflight.hpp"
#include "common/sdk_host_api.hpp"
#include "common/text.hpp"

namespace {

using namespace berth::aws;
namespace common = berth::common;

constexpr std::int64_t kExpiryMargin = 60;
// The check of the account must not hold up a push where STS cannot be reached.
constexpr std::int64_t kCallerTimeout = 2000;

bool is_about_to_expire(std::int64_t expires, std::int64_t now) {
  return expires != 0 && expires <= now + kExpiryMargin;
}

class AwsContainerRegistry : public berth::BaseContainerRegistry,
                             public berth::CredentialProvider,
                             public berth::ErrorExplainer {
 public:
  static constexpr char FLAVOR[] = "aws";
  static constexpr char VERSION[] = "0.1.0";
  static constexpr char DESCRIPTION[] = "Amazon ECR, private and public";
  static constexpr char SETTINGS[] = R"({"properties": {
    "create_repository": {"type": "boolean", "default": false, "description": "create a repository that does not exist"},
    "immutable_tags": {"type": "boolean", "default": false, "description": "a repository that is created has immutable tags"}}})";
  static constexpr const char* CLAIMS[] = {"*.amazonaws.com",
                                           "*.amazonaws.com.cn",
                                           "*.amazonaws.eu",
                                           "*.on.aws",
                                           "*.on.amazonwebservices.com.cn",
                                           "*.c2s.ic.gov",
                                           "*.sc2s.sgov.gov",
                                           "*.cloud.adc-e.uk",
                                           "*.csp.hci.ic.gov",
                                           "public.ecr.aws",
                                           "ecr-public.aws.com"};
  static constexpr const char* PERMISSIONS[] = {
      "env:AWS_PROFILE",
      "env:AWS_DEFAULT_PROFILE",
      "env:AWS_ACCESS_KEY_ID",
      "env:AWS_SECRET_ACCESS_KEY",
      "env:AWS_SESSION_TOKEN",
      "env:AWS_CONFIG_FILE",
      "env:AWS_SHARED_CREDENTIALS_FILE",
      "env:AWS_WEB_IDENTITY_TOKEN_FILE",
      "env:AWS_ROLE_ARN",
      "env:AWS_ROLE_SESSION_NAME",
      "env:AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
      "env:AWS_CONTAINER_CREDENTIALS_FULL_URI",
      "env:AWS_CONTAINER_AUTHORIZATION_TOKEN",
      "env:AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
      "env:AWS_EC2_METADATA_DISABLED",
      "env:AWS_ENDPOINT_URL",
      "env:AWS_ENDPOINT_URL_ECR",
      "env:AWS_ENDPOINT_URL_ECR_PUBLIC",
      "env:AWS_ENDPOINT_URL_STS",
      "file:$AWS_CONFIG_FILE|~/.aws/config",
      "file:$AWS_SHARED_CREDENTIALS_FILE|~/.aws/credentials",
      "file:~/.aws/sso/cache/*.json",
      "file:$AWS_WEB_IDENTITY_TOKEN_FILE",
      "file:{web_identity_token_file in $AWS_CONFIG_FILE|~/.aws/config}",
      "file:$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
      "exec:aws",
      "exec:{credential_process in $AWS_CONFIG_FILE|~/.aws/config}",
      "exec:{credential_process in $AWS_SHARED_CREDENTIALS_FILE|~/.aws/credentials}",
      "http:*.amazonaws.com",
      "http:*.amazonaws.com.cn",
      "http:*.amazonaws.eu",
      "http:*.api.aws",
      "http:*.api.amazonwebservices.com.cn",
      "http:*.c2s.ic.gov",
      "http:*.sc2s.sgov.gov",
      "http:*.cloud.adc-e.uk",
      "http:*.csp.hci.ic.gov",
      "http:http://169.254.169.254",
      "http:http://169.254.170.2",
      "http:http://169.254.170.23",
      "http:http://[fd00:ec2::23]",
      "http:$AWS_CONTAINER_CREDENTIALS_FULL_URI",
      "http:$AWS_ENDPOINT_URL",
      "http:$AWS_ENDPOINT_URL_ECR",
      "http:$AWS_ENDPOINT_URL_ECR_PUBLIC",
      "http:$AWS_ENDPOINT_URL_STS",
      "http:{endpoint_url in $AWS_CONFIG_FILE|~/.aws/config}"};
  static constexpr auto& FINDINGS = kFindings;
  static constexpr char USERNAME_HINT[] = "AWS";
  static constexpr char PASSWORD_HINT[] =
      "what aws ecr get-login-password prints; with AWS credentials on this machine no login is "
      "needed";

  AwsContainerRegistry() {
    const auto parsed = parse_ecr_host(host());
    if (parsed) {
      host_ = *parsed;
      return;
    }
    const common::HostFault fault = explain_ecr_host(host());
    throw berth::Failure(kUri, describe(host() + " is not a host of Amazon ECR", fault), fault.fix);
  }

  berth::Credential credential(berth::CallContext& call,
                               const berth::CredentialRequest& request) override {
    common::SdkHostApi host_api(call);
    if (request.previous_rejected) forget();
    std::vector<std::string> tried;
    const KeysAnswer found = keys(host_api, tried);
    if (!found.problem.empty()) throw berth::Failure(found.problem, found.fix);
    if (!found.keys)
      return berth::Credential::none("no AWS credentials: " + common::joined(tried, "; "));
    if (!has_login(host_api.now())) log_in(host_api);
    // The public registry takes the token only as a bearer.
    if (host_.is_public)
      return berth::Credential::registry_token(login_->token, keys_->source, login_->expires);
    return berth::Credential::password("AWS", login_->password, keys_->source, login_->expires);
  }

  // ECR answers 403 to a token of more than 12 hours, and to one of keys that were revoked.
  bool is_expired(berth::CallContext& call, const berth::RegistryError& rejection) override {
    return is_expiry(rejection) ||
           (login_ && login_->expires != 0 && login_->expires <= call.now() / 1000);
  }

  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    const common::ImageFacts facts(image);
    report(call, offline_findings(host_, facts));
    if (call.has_errors() || !call.registry()) return;
    common::SdkHostApi host_api(call);
    std::vector<std::string> tried;
    const KeysAnswer found = keys(host_api, tried);
    if (!found.keys)
      return call.report(kNoKeys,
                         found.problem.empty() ? "AWS was not asked: " + common::joined(tried, "; ")
                                               : found.problem,
                         found.fix);
    check(call, host_api, facts);
    // AWS has no API that shows push access. A push verifies it anyway.
    const bool try_upload = !call.is_push() && !call.has_errors() && !repository_missing_ &&
                            call.registry()->side_effects_allowed();
    if (try_upload)
      call.registry()->check_push_permission(image.repository(), /*has_side_effects=*/true);
  }

  std::optional<berth::Explanation> explain(berth::CallContext& call,
                                            const berth::RegistryError& error) override {
    if (auto known = explain_error(error, host_)) return known;
    if (!is_denial(error)) return std::nullopt;
    common::SdkHostApi host_api(call);
    std::vector<std::string> tried;
    const KeysAnswer found = keys(host_api, tried);
    return explain_denial(host_, found.keys ? chain(host_api).caller(*found.keys) : std::nullopt,
                          found.keys ? found.keys->source : "");
  }

  void before_push(berth::CallContext& call, const berth::Image& image) override {
    if (repository_missing_) create_repository(call, image);
  }

 private:
  CredentialChain chain(common::HostApi& host_api) const {
    return {host_api, host_.region, host_.sts_host};
  }

  void forget() {
    keys_.reset();
    broken_ = {};
    login_.reset();
  }

  // The keys, found once and again shortly before they expire. A broken source is not asked again:
  // it may have taken 30 s to fail.
  KeysAnswer keys(common::HostApi& host_api, std::vector<std::string>& tried) {
    if (keys_ && !is_about_to_expire(keys_->expires, host_api.now())) return {keys_, {}};
    if (!broken_.problem.empty()) return broken_;
    CredentialChain sources = chain(host_api);
    KeysAnswer found = sources.find();
    tried = sources.tried();
    keys_ = found.keys;
    if (!found.keys) broken_ = found;
    return found;
  }

  // Sends the actions, once more with other keys of the same source if AWS answers that those in
  // use have expired.
  std::vector<Answer> ask(common::HostApi& host_api, const std::vector<EcrApi::Action>& actions) {
    std::vector<Answer> answers = EcrApi(host_api, host_, endpoint(host_api), *keys_).ask(actions);
    const bool expired = std::any_of(answers.begin(), answers.end(),
                                     [](const Answer& one) { return one.is_expired(); });
    if (!expired || !renew_keys(host_api)) return answers;
    return EcrApi(host_api, host_, endpoint(host_api), *keys_).ask(actions);
  }

  // False if their source has no others.
  bool renew_keys(common::HostApi& host_api) {
    const Keys expired = *keys_;
    forget();
    std::vector<std::string> tried;
    const KeysAnswer found = keys(host_api, tried);
    if (found.keys && found.keys->secret_access_key != expired.secret_access_key) return true;
    keys_ = expired;
    return false;
  }

  bool has_login(std::int64_t now) const {
    return login_ && !is_about_to_expire(login_->expires, now);
  }

  void log_in(common::HostApi& host_api) {
    const Answer answer = ask(host_api, {EcrApi::authorization_token()}).front();
    take_login(answer);
    if (login_) return;
    if (const auto fault = classify_error(answer, *keys_, host_api.now()))
      throw berth::Failure(fault->message, fault->fix);
    throw berth::Failure("ECR returned no token for the credentials (" + keys_->source +
                             "): " + answer.error + ": " + answer.message,
                         "allow ecr:GetAuthorizationToken");
  }

  // A token lives no longer than the keys that it was issued for.
  void take_login(const Answer& answer) {
    login_ = answer.json ? registry_login(*answer.json) : std::nullopt;
    if (login_ && keys_->expires != 0)
      login_->expires =
          login_->expires == 0 ? keys_->expires : std::min(login_->expires, keys_->expires);
  }

  void check(berth::CallContext& call, common::HostApi& host_api, const common::ImageFacts& facts) {
    auto actions = describe_actions(host_, facts);
    const bool lacks_login = !has_login(host_api.now());
    if (lacks_login) actions.push_back(EcrApi::authorization_token());
    auto answers = ask(host_api, actions);
    if (lacks_login) {
      take_login(answers.back());
      answers.pop_back();
    }
    EcrApi api(host_api, host_, endpoint(host_api), *keys_);
    const Preflight preflight =
        check_repository(api, host_, facts, answers, settings().boolean("create_repository"),
                         *keys_, host_api.now());
    report(call, preflight.findings);
    repository_missing_ = preflight.repository_missing;
    if (const auto finding = other_account(host_, account(host_api), *keys_))
      call.report(*finding->kind, finding->message, finding->fix);
  }

  // The account of the keys; empty: not known.
  std::string account(common::HostApi& host_api) const {
    if (host_.is_public || !login_) return {};
    if (!login_->account.empty()) return login_->account;
    const auto caller = chain(host_api).caller(*keys_, kCallerTimeout);
    return caller ? caller->account : std::string();
  }

  std::string endpoint(common::HostApi& host_api) const {
    for (const char* name :
         {host_.is_public ? "AWS_ENDPOINT_URL_ECR_PUBLIC" : "AWS_ENDPOINT_URL_ECR",
          "AWS_ENDPOINT_URL"})
      if (const auto url = host_api.environment_variable(name)) return *url;
    const auto profiles = Profiles::read(host_api);
    return profiles.endpoint(profile_in_use(host_api), host_.is_public ? "ecr_public" : "ecr")
        .value_or("https://" + host_.api_host);
  }

  void create_repository(berth::CallContext& call, const berth::Image& image) {
    common::SdkHostApi host_api(call);
    const std::string repository = ecr_repository(host_, image.repository_path());
    const Answer answer =
        ask(host_api,
            {EcrApi::create_repository(host_, repository, settings().boolean("immutable_tags"))})
            .front();
    if (answer.json || answer.error == "RepositoryAlreadyExistsException") return;
    call.report(kRepositoryNotMade,
                "repository " + repository + " could not be created: " + answer.error + ": " +
                    answer.message,
                "allow ecr:CreateRepository, or create it with other credentials: " +
                    create_command(host_, repository));
  }

  EcrHost host_;
  std::optional<Keys> keys_;
  KeysAnswer broken_;  // why there are no keys, if a source is broken
  std::optional<RegistryLogin> login_;
  bool repository_missing_ = false;
};

}  // namespace
BERTH_PLUGIN(AwsContainerRegistry)
