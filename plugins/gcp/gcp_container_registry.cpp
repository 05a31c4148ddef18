// gcp: Google Artifact Registry and the gcr.io hosts. README.md says what is asked, and which right each question
// needs.
#include <berth/container_registry.hpp>

#include "cloud/service_machine.hpp"
#include "cloud/text.hpp"
#include "gcp/findings.hpp"
#include "gcp/gar_host.hpp"
#include "gcp/preflight.hpp"
#include "gcp/sayings.hpp"
#include "gcp/token_chain.hpp"

#define BERTH_GCP_FILE                                                                     \
  "$GOOGLE_APPLICATION_CREDENTIALS|$CLOUDSDK_CONFIG/application_default_credentials.json|" \
  "~/.config/gcloud/application_default_credentials.json"

namespace {

using namespace berth::gcp;
namespace cloud = berth::cloud;
using cloud::report;

// The host asks for a new credential half a minute before the end of one.
constexpr std::int64_t kSoon = 60;

class GcpContainerRegistry : public berth::BaseContainerRegistry,
                             public berth::CredentialProvider,
                             public berth::ErrorExplainer,
                             public berth::UploadRulesProvider {
 public:
  static constexpr char FLAVOR[] = "gcp";
  static constexpr char VERSION[] = "0.1.0";
  static constexpr char DESCRIPTION[] = "Google Artifact Registry and the gcr.io hosts";
  static constexpr char SETTINGS[] = R"({"properties": {
    "create_repository": {"type": "boolean", "default": false, "description": "make a repository that does not exist"},
    "immutable_tags": {"type": "boolean", "default": false, "description": "a repository that is made takes each tag once"}}})";
  static constexpr const char* CLAIMS[] = {"*.pkg.dev", "gcr.io", "*.gcr.io"};
  // Secrets go to Google's own hosts alone; what a file of workload identity names by url, file and command gives its
  // subject token.
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
  static constexpr char LOGIN_USER[] = "oauth2accesstoken, or _json_key";
  static constexpr char LOGIN_SECRET[] =
      "what gcloud auth print-access-token prints, or the JSON of a service account's key; with credentials of Google "
      "on "
      "this machine no login is needed";

  GcpContainerRegistry() {
    const auto parsed = parse_gar_host(host());
    if (parsed) {
      host_ = *parsed;
      return;
    }
    const std::string why = explain_gar_host(host());
    throw berth::Failure(host() + " is no host of Google for images" + (why.empty() ? "" : ": " + why));
  }

  berth::Credential credential(berth::Call& call, const berth::CredentialQuestion& question) override {
    refused_ = refused_ || question.refused;
    constexpr const char* kUser = "oauth2accesstoken";
    if (!question.username.empty() && question.username != kUser)
      return berth::Credential::none("the login is to be " + question.username + "'s");
    find(call, question.refused);
    if (const auto& problem = found_.problem)
      throw berth::Failure(problem->message + (problem->fix.empty() ? "" : "; " + problem->fix));
    if (!found_.token) return berth::Credential::none("no credentials of Google: " + cloud::joined(tried_, "; "));
    login_is_ours_ = true;
    const AccessToken& token = *found_.token;
    return berth::Credential::password(kUser, token.token, token.source, token.expires);
  }

  // Artifact Registry, "Quotas and limits": it has no chunked uploads.
  berth::UploadRules upload_rules() override {
    berth::UploadRules rules;
    rules.monolithic = true;
    return rules;
  }

  void prepare_image_push(berth::Call& call, const berth::Image& image) override {
    const auto offline = offline_findings(host_, image.full_repository());
    report(call, offline);
    if (call.has_errors() || !call.registry() || host_.location.empty()) return;
    const Repository repository = repository_of(host_, image.full_repository());
    preflight_ = ask(call, repository);
    report(call, preflight_.findings);
    if (!call.has_errors() && may_push(call, image, repository)) ask_about_tag(call, image);
  }

  std::optional<berth::Explanation> explain(berth::Call& /*call*/, const berth::RegistryError& error) override {
    return meaning_of(error, host_, {member(), preflight_.state == Preflight::State::exists});
  }

  void push_image(berth::Call& call, const berth::Image& image) override {
    if (!call.belongs(image)) throw berth::Failure(image.reference() + " does not belong to " + uri());
    prepare_image_push(call, image);
    if (!call.has_errors() && preflight_.state == Preflight::State::to_be_made)
      create(call, repository_of(host_, image.full_repository()));
    if (!call.has_errors()) call.push();
  }

 private:
  // Looks for a token once, and again when that one ends soon, or was refused.
  void find(berth::Call& call, bool refused) {
    cloud::ServiceMachine machine(call);
    const std::int64_t expires = found_.token ? found_.token->expires : 0;
    const bool ends = expires != 0 && expires <= machine.now() + kSoon;
    if (sought_ && !refused && !ends) return;
    sought_ = true;
    tried_.clear();
    found_ = find_token(machine, refused, tried_);
    if (!tried_.empty()) call.log("credentials of Google: " + cloud::joined(tried_, "; "));
  }

  // Whom the registry knows, as policies name it; empty: not known.
  std::string member() const { return login_is_ours_ && found_.token ? found_.token->member : std::string(); }

  Preflight ask(berth::Call& call, const Repository& repository) {
    find(call, /*refused=*/false);
    Preflight nothing_asked;
    if (found_.token) {
      cloud::ServiceMachine machine(call);
      RepositoryApi api(machine, found_.token->token);
      return ask_artifact_registry(api, host_, repository, settings().boolean("create_repository"));
    }
    nothing_asked.findings.push_back(
        found_.problem.value_or(cloud::Finding{&kNoToken, "nothing was asked of Google: " + cloud::joined(tried_, "; "),
                                               "gcloud auth application-default login"}));
    return nothing_asked;
  }

  // Asks the registry itself, as whoever logs in there, who need not be the one who asked before: its token service
  // refuses a token for what one may not do, in words that name the permission. Who is not let in at all is told so by
  // the registry's own error.
  bool may_push(berth::Call& call, const berth::Image& image, const Repository& repository) {
    const bool exists = preflight_.state == Preflight::State::exists;
    if (!exists && (preflight_.state != Preflight::State::unknown || !host_.repository.empty())) return false;
    try {
      static_cast<void>(call.registry()->granted(image.repository(), "pull,push"));
    } catch (const berth::Failure& failure) {
      const std::string words = failure.what();
      const auto says = [&words](const char* text) { return words.find(text) != std::string::npos; };
      if (!says("may not exist") || says("Unauthenticated")) throw;
      call.report(kMayNotPush,
                  "this login may not push to " + repository.name() +
                      (exists ? "" : ", or there is no such repository") + ": " + words,
                  grant_command(repository, member()));
      return false;
    }
    if (login_is_ours_ && !refused_ && !preflight_.may_upload)
      call.report(kMayNotPush, found_.token->source + " lacks " + kUploadPermission + " on " + repository.name(),
                  grant_command(repository, member()));
    return !call.has_errors();
  }

  void ask_about_tag(berth::Call& call, const berth::Image& image) const {
    if (image.tag().empty()) return;
    const auto stored = call.registry()->manifest_digest(image.repository(), image.tag());
    if (!stored) return;
    if (const auto finding = judge_tag(cloud::ImageFacts(image), *stored, preflight_.immutable_tags))
      report(call, {*finding});
  }

  void create(berth::Call& call, const Repository& repository) const {
    cloud::ServiceMachine machine(call);
    RepositoryApi api(machine, found_.token->token);
    const Answer answer = api.create(repository, settings().boolean("immutable_tags"));
    if (answer.json) return;
    call.report(kRepositoryNotMade, "repository " + repository.id + " was not made: " + answer.error,
                "allow artifactregistry.repositories.create, or let somebody make it");
  }

  GarHost host_;
  bool sought_ = false;
  TokenAnswer found_;
  std::vector<std::string> tried_;  // where there was nothing
  bool login_is_ours_ = false;      // the registry was given the token
  bool refused_ = false;            // and did not take it: another login may stand in its place
  Preflight preflight_;
};

}  // namespace
BERTH_PLUGIN(GcpContainerRegistry)
