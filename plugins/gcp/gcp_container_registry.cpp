// gcp: Google Artifact Registry and the gcr.io hosts. README.md lists the requests and the
// permission that each needs.
#include <berth/container_registry.hpp>

#include "common/sdk_host_api.hpp"
#include "common/text.hpp"
#include "gcp/error_hints.hpp"
#include "gcp/findings.hpp"
#include "gcp/gar_host.hpp"
#include "gcp/preflight.hpp"
#include "gcp/token_chain.hpp"

#define BERTH_GCP_FILE                                                                     \
  "$GOOGLE_APPLICATION_CREDENTIALS|$CLOUDSDK_CONFIG/application_default_credentials.json|" \
  "~/.config/gcloud/application_default_credentials.json"

namespace {

using namespace berth::gcp;
namespace common = berth::common;
using common::report;

// The registry's own sentence in the host's error.
std::string registry_message(const std::string& error) {
  const auto at = error.find("Permission ");
  return at == std::string::npos ? error : error.substr(at);
}

// The host requests a new credential half a minute before one expires.
constexpr std::int64_t kExpiryMargin = 60;

class GcpContainerRegistry : public berth::BaseContainerRegistry,
                             public berth::CredentialProvider,
                             public berth::ErrorExplainer,
                             public berth::UploadRulesProvider {
 public:
  static constexpr char FLAVOR[] = "gcp";
  static constexpr char VERSION[] = "0.1.0";
  static constexpr char DESCRIPTION[] = "Google Artifact Registry and the gcr.io hosts";
  static constexpr char SETTINGS[] = R"({"properties": {
    "create_repository": {"type": "boolean", "default": false, "description": "create a repository that does not exist"},
    "immutable_tags": {"type": "boolean", "default": false, "description": "a repository that is created has immutable tags"}}})";
  static constexpr const char* CLAIMS[] = {"*.pkg.dev", "gcr.io", "*.gcr.io"};
  // Secrets are sent only to Google's own hosts; what a file of workload identity names by url,
  // file and command provides its subject token.
  static constexpr const char* PERMISSIONS[] = {"env:GOOGLE_APPLICATION_CREDENTIALS",
                                                "env:CLOUDSDK_CONFIG",
                                                "env:GCE_METADATA_HOST",
                                                "env:NO_GCE_CHECK",
                                                "env:GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES",
                                                "env:AWS_REGION",
                                                "env:AWS_DEFAULT_REGION",
                                                "env:AWS_ACCESS_KEY_ID",
                                                "env:AWS_SECRET_ACCESS_KEY",
                                                "env:AWS_SESSION_TOKEN",
                                                "file:" BERTH_GCP_FILE,
                                                "file:{file in " BERTH_GCP_FILE "}",
                                                "exec:gcloud",
                                                "exec:{command in " BERTH_GCP_FILE "}",
                                                "http:*.googleapis.com",
                                                "http:accounts.google.com",
                                                "http:http://169.254.169.254",
                                                "http:http://[fd00:ec2::254]",
                                                "http:http://$GCE_METADATA_HOST",
                                                "http:{url in " BERTH_GCP_FILE "}"};
  static constexpr auto& FINDINGS = kFindings;
  static constexpr char USERNAME_HINT[] = "oauth2accesstoken, or _json_key";
  static constexpr char PASSWORD_HINT[] =
      "what gcloud auth print-access-token prints, or the JSON of a service account's key; with "
      "credentials of Google "
      "on "
      "this machine no login is needed";

  GcpContainerRegistry() {
    const auto parsed = parse_gar_host(host());
    if (parsed) {
      host_ = *parsed;
      return;
    }
    const common::HostFault fault = explain_gar_host(host());
    throw berth::Failure(kUri, describe(host() + " is not a container registry of Google", fault),
                         fault.fix);
  }

  berth::Credential credential(berth::CallContext& call,
                               const berth::CredentialRequest& request) override {
    token_.rejected = token_.rejected || request.previous_rejected;
    constexpr const char* kUser = "oauth2accesstoken";
    if (!request.username.empty() && request.username != kUser)
      return berth::Credential::none("the credentials of " + request.username + " are required");
    request_token(call, request.previous_rejected);
    if (const auto& problem = token_.found.problem)
      throw berth::Failure(problem->message, problem->fix);
    if (!token_.found.token)
      return berth::Credential::none("no credentials of Google: " +
                                     common::joined(token_.tried, "; "));
    token_.in_use = true;
    const AccessToken& token = *token_.found.token;
    return berth::Credential::password(kUser, token.token, token.source, token.expires);
  }

  // Artifact Registry, "Quotas and limits": it has no chunked uploads.
  berth::UploadRules upload_rules() override {
    berth::UploadRules rules;
    rules.monolithic = true;
    return rules;
  }

  // What can be known with fewer permissions is reported even if one is missing.
  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    const ImagePath path = parse_image_path(host_, image.repository_path());
    report(call, offline_findings(host_, path));
    if (call.has_errors() || !call.registry() || host_.location.empty()) return;
    // The credentials that will push. Throws if they would come from a source of this flavor that
    // is broken.
    static_cast<void>(call.registry()->account());
    const Repository repository = repository_of(host_, path);
    validation_ = {.repository = repository, .preflight = query_api(call, repository)};
    report(call, validation_.preflight.findings);
    if (!may_exist()) return;
    const bool is_for_images = !call.has_errors();
    // First: other credentials may take the place of those that the registry refuses.
    if (is_for_images) check_token(call, image, repository);
    check_own_permission(call, repository);
    if (is_for_images) check_stored_tag(call, image);
  }

  std::optional<berth::Explanation> explain(berth::CallContext& /*call*/,
                                            const berth::RegistryError& error) override {
    return explain_error(error, host_,
                         {member(), validation_.preflight.state == Preflight::State::exists});
  }

  void before_push(berth::CallContext& call, const berth::Image& /*image*/) override {
    if (validation_.preflight.state == Preflight::State::will_create)
      create(call, validation_.repository);
  }

 private:
  // Looks for a token once, and again if that one expires soon or was rejected.
  void request_token(berth::CallContext& call, bool rejected) {
    common::SdkHostApi host_api(call);
    const std::int64_t expires = token_.found.token ? token_.found.token->expires : 0;
    const bool is_expiring = expires != 0 && expires <= host_api.now() + kExpiryMargin;
    if (token_.requested && !rejected && !is_expiring) return;
    token_.requested = true;
    token_.tried.clear();
    token_.found = find_token(host_api, rejected, token_.tried);
    if (!token_.tried.empty())
      call.log("credentials of Google: " + common::joined(token_.tried, "; "));
  }

  // The identity that pushes, as policies name it; empty: not known.
  std::string member() const {
    return token_.in_use && token_.found.token ? token_.found.token->member : std::string();
  }

  Preflight query_api(berth::CallContext& call, const Repository& repository) {
    request_token(call, /*rejected=*/false);
    if (token_.found.token) {
      common::SdkHostApi host_api(call);
      RepositoryApi api(host_api, token_.found.token->token);
      return query_repository(api, host_, repository, token_.found.token->source,
                              settings().boolean("create_repository"));
    }
    Preflight unknown;
    unknown.findings.push_back(token_.found.problem.value_or(common::Finding{
        &kNoToken, "Artifact Registry's API was not called: " + common::joined(token_.tried, "; "),
        "gcloud auth application-default login"}));
    return unknown;
  }

  // A repository of a gcr.io host that could not be read may be created by the push.
  bool may_exist() const {
    return validation_.preflight.state == Preflight::State::exists ||
           (validation_.preflight.state == Preflight::State::unknown && host_.repository.empty());
  }

  // By the API, which was called with this flavor's token: it need not be the one that pushes.
  void check_own_permission(berth::CallContext& call, const Repository& repository) const {
    if (!token_.in_use || token_.rejected || validation_.preflight.may_upload ||
        validation_.push_denied)
      return;
    call.report(
        kMayNotPush,
        token_.found.token->source + " lacks " + kUploadPermission + " on " + repository.name(),
        grant_command(repository, member(), kWriterRole));
  }

  // By the registry's token service, for the credentials that push: it refuses a token for what
  // they may not do, with a message that names the permission. Errors of authentication are the
  // registry's own.
  void check_token(berth::CallContext& call, const berth::Image& image,
                   const Repository& repository) {
    try {
      static_cast<void>(call.registry()->granted_actions(image.repository(), "pull,push"));
    } catch (const berth::Failure& failure) {
      const std::string message = failure.what();
      const auto contains = [&message](const char* text) {
        return message.find(text) != std::string::npos;
      };
      if (!contains("may not exist") || contains("Unauthenticated")) throw;
      const bool exists = validation_.preflight.state == Preflight::State::exists;
      validation_.push_denied = true;
      const auto account = call.registry()->account();
      call.report(kMayNotPush,
                  (account ? account->source : "these credentials") +
                      ": not authorized to push to " + repository.name() +
                      (exists ? "" : ", or it does not exist") + ": " + registry_message(message),
                  grant_command(repository, member(), kWriterRole));
    }
  }

  // Needs only the permission to pull. A refusal means that the tag is not known.
  void check_stored_tag(berth::CallContext& call, const berth::Image& image) const {
    if (image.tag().empty()) return;
    const std::string& path = image.repository_path();
    const bool may_push = !call.has_errors();
    try {
      const auto stored =
          call.registry()->head("/v2/" + path + "/manifests/" + image.tag(),
                                "repository:" + path + (may_push ? ":pull,push" : ":pull"));
      const std::string digest = stored.status == 200 ? stored.header("docker-content-digest") : "";
      if (digest.empty()) return;
      if (const auto finding =
              check_tag(common::ImageFacts(image), digest, validation_.preflight.immutable_tags))
        report(call, {*finding});
    } catch (const berth::Failure& failure) {
      call.log("tag " + image.tag() + " is not known: " + failure.what());
    }
  }

  void create(berth::CallContext& call, const Repository& repository) const {
    common::SdkHostApi host_api(call);
    RepositoryApi api(host_api, token_.found.token->token);
    const Answer answer = api.create(repository, settings().boolean("immutable_tags"));
    if (answer.json) return;
    call.report(kRepositoryNotMade,
                "repository " + repository.id + " was not created: " + answer.error,
                answer.is_pending ? "push again in a moment" : create_command(repository));
  }

  // The token of this flavor, from request_token(), and its use by the host, from credential().
  struct TokenState {
    bool requested = false;
    TokenAnswer found{};
    std::vector<std::string> tried{};  // sources that are not set up
    bool in_use = false;               // credential() returned found.token
    bool rejected = false;             // the registry rejected it: other credentials may be in use
  };
  // The results of prepare_image_push(), for before_push() and explain().
  struct Validation {
    Repository repository{};
    Preflight preflight{};
    bool push_denied = false;  // the token service denied a push with the credentials in use
  };

  GarHost host_;
  TokenState token_;
  Validation validation_;
};

}  // namespace
BERTH_PLUGIN(GcpContainerRegistry)
