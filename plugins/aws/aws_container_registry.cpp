// aws: Amazon ECR, private and public, in every partition. README.md says what is asked, and which right each needs.
#include <berth/container_registry.hpp>

#include "aws/credential_chain.hpp"
#include "aws/ecr_api.hpp"
#include "aws/ecr_host.hpp"
#include "aws/findings.hpp"
#include "aws/preflight.hpp"
#include "aws/sayings.hpp"
#include "cloud/service_machine.hpp"
#include "cloud/text.hpp"

namespace {

using namespace berth::aws;
namespace cloud = berth::cloud;

constexpr std::int64_t kSoon = 60;

class AwsContainerRegistry : public berth::BaseContainerRegistry,
                             public berth::CredentialProvider,
                             public berth::ErrorExplainer {
 public:
  static constexpr char FLAVOR[] = "aws";
  static constexpr char VERSION[] = "0.1.0";
  static constexpr char DESCRIPTION[] = "Amazon ECR, private and public";
  static constexpr char SETTINGS[] = R"({"properties": {
    "create_repository": {"type": "boolean", "default": false, "description": "make a repository that does not exist"},
    "immutable_tags": {"type": "boolean", "default": false, "description": "a repository that is made takes each tag once"}}})";
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
  static constexpr char LOGIN_USER[] = "AWS";
  static constexpr char LOGIN_SECRET[] =
      "what aws ecr get-login-password prints; with credentials of AWS on this machine "
      "no login is needed";

  AwsContainerRegistry() {
    const auto parsed = parse_ecr_host(host());
    if (parsed) {
      host_ = *parsed;
      return;
    }
    const std::string why = explain_ecr_host(host());
    throw berth::Failure(host() + " is no host of Amazon ECR" + (why.empty() ? "" : ": " + why));
  }

  berth::Credential credential(berth::Call& call, const berth::CredentialQuestion& question) override {
    cloud::ServiceMachine machine(call);
    if (question.refused) keys_.reset();
    std::vector<std::string> tried;
    const KeysAnswer found = keys(machine, tried);
    if (!found.problem.empty()) throw berth::Failure(found.problem);
    if (!found.keys) return berth::Credential::none("no credentials of AWS: " + cloud::joined(tried, "; "));
    EcrApi api(machine, host_, endpoint(machine), *keys_);
    const Answer answer = api.ask({api.authorization_token()}).front();
    if (const auto fault = common_fault(answer, machine.now())) throw berth::Failure(fault->message);
    const auto login = answer.json ? registry_login(*answer.json) : std::nullopt;
    if (!login)
      throw berth::Failure("ECR gave no login to " + keys_->source + ": " + answer.error + ": " + answer.message);
    // The public registry takes the token as a bearer alone.
    if (host_.is_public) return berth::Credential::registry_token(login->token, keys_->source, login->expires);
    return berth::Credential::password("AWS", login->password, keys_->source, login->expires);
  }

  void prepare_image_push(berth::Call& call, const berth::Image& image) override {
    const cloud::ImageFacts facts(image);
    report(call, offline_findings(host_, facts));
    if (call.has_errors() || !call.registry()) return;
    cloud::ServiceMachine machine(call);
    std::vector<std::string> tried;
    const KeysAnswer found = keys(machine, tried);
    if (!found.keys)
      return call.report(
          kNoKeys, found.problem.empty() ? "nothing was asked of AWS: " + cloud::joined(tried, "; ") : found.problem);
    EcrApi api(machine, host_, endpoint(machine), *keys_);
    const Preflight preflight = ask_ecr(api, host_, facts, settings().boolean("create_repository"), machine.now());
    report(call, preflight.findings);
    repository_missing_ = preflight.repository_missing;
    // No interface of AWS's says who may push; a push finds out by itself.
    const bool there_to_try = !pushing_ && !call.has_errors() && !repository_missing_ && call.registry()->may_create();
    if (there_to_try) call.registry()->probe_upload(image.repository(), /*may_create=*/true);
  }

  std::optional<berth::Explanation> explain(berth::Call& call, const berth::RegistryError& error) override {
    if (auto known = meaning_of(error, host_)) return known;
    if (!is_denial(error)) return std::nullopt;
    cloud::ServiceMachine machine(call);
    std::vector<std::string> tried;
    const KeysAnswer found = keys(machine, tried);
    return meaning_of_denial(found.keys ? CredentialChain(machine, host_.region, host_.sts_host).caller(*found.keys)
                                        : "");
  }

  void push_image(berth::Call& call, const berth::Image& image) override {
    if (!call.belongs(image)) throw berth::Failure(image.reference() + " does not belong to " + uri());
    pushing_ = true;
    prepare_image_push(call, image);
    if (!call.has_errors() && repository_missing_) create_repository(call, image);
    if (!call.has_errors()) call.push();
  }

 private:
  // The keys, found once and again shortly before they end.
  KeysAnswer keys(cloud::Machine& machine, std::vector<std::string>& tried) {
    if (keys_ && (keys_->expires == 0 || keys_->expires > machine.now() + kSoon)) return {keys_, {}};
    CredentialChain chain(machine, host_.region, host_.sts_host);
    KeysAnswer found = chain.find();
    tried = chain.tried();
    keys_ = found.keys;
    return found;
  }

  std::string endpoint(cloud::Machine& machine) const {
    for (const char* name :
         {host_.is_public ? "AWS_ENDPOINT_URL_ECR_PUBLIC" : "AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL"})
      if (const auto url = machine.variable(name)) return *url;
    const auto profiles = Profiles::read(machine);
    const std::string profile = machine.variable("AWS_PROFILE").value_or("default");
    return profiles.endpoint(profile, host_.is_public ? "ecr_public" : "ecr").value_or("https://" + host_.api_host);
  }

  void create_repository(berth::Call& call, const berth::Image& image) const {
    cloud::ServiceMachine machine(call);
    EcrApi api(machine, host_, endpoint(machine), *keys_);
    const std::string repository = ecr_repository(host_, image.full_repository());
    const Answer answer = api.ask({api.create_repository(repository, settings().boolean("immutable_tags"))}).front();
    if (answer.json || answer.error == "RepositoryAlreadyExistsException") return;
    call.report(kRepositoryNotMade,
                "repository " + repository + " was not made: " + answer.error + ": " + answer.message,
                "allow ecr:CreateRepository, or let somebody make it");
  }

  EcrHost host_;
  std::optional<Keys> keys_;
  bool repository_missing_ = false;
  bool pushing_ = false;
};

}  // namespace
BERTH_PLUGIN(AwsContainerRegistry)
