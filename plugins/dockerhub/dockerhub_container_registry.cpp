// dockerhub: docker.io. Names, what the token grants, the tag, the remaining pulls; and
// repositories with a visibility. Source: Docker Docs; README.md.
#include <berth/container_registry.hpp>

#include "common/sdk_host_api.hpp"
#include "dockerhub/error_hints.hpp"
#include "dockerhub/findings.hpp"
#include "dockerhub/hub_api.hpp"
#include "dockerhub/hub_name.hpp"
#include "dockerhub/preflight.hpp"
#include "dockerhub/rate_limit.hpp"

namespace {

using namespace berth::dockerhub;
using berth::common::report;

class DockerHubContainerRegistry : public berth::BaseContainerRegistry,
                                   public berth::ErrorExplainer {
 public:
  static constexpr char FLAVOR[] = "dockerhub";
  static constexpr char VERSION[] = "0.1.0";
  static constexpr char DESCRIPTION[] = "Docker Hub";
  static constexpr char SETTINGS[] = R"({"properties": {
    "create_repository": {"type": "boolean", "default": false, "description": "create a repository that does not exist"},
    "private": {"type": "boolean", "description": "visibility of a repository that is created; default: the account's"}}})";
  static constexpr const char* CLAIMS[] = {"docker.io"};
  static constexpr const char* PERMISSIONS[] = {"http:hub.docker.com",
                                                "credentials:hub.docker.com"};
  static constexpr auto& FINDINGS = kFindings;
  static constexpr char USERNAME_HINT[] =
      "your Docker ID, or the organization's name with its access token";
  static constexpr char PASSWORD_HINT[] =
      "an access token with Read & Write, created at "
      "https://app.docker.com/settings/personal-access-tokens";

  DockerHubContainerRegistry() {
    creation_.is_enabled = settings().boolean("create_repository");
    if (settings().has("private")) creation_.is_private = settings().boolean("private");
    if (is_hub_host(host()) && host() != "docker.io")
      throw berth::Failure(kUri, "the host of Docker Hub is docker.io, not " + host(),
                           "write docker.io" + uri().substr(host().size()));
    if (host() != "docker.io")
      throw berth::Failure(kUri, host() + " is not Docker Hub", "write docker.io/NAMESPACE");
    if (creation_.is_private && !creation_.is_enabled)
      throw berth::Failure(kPrivate, "the setting private requires create_repository=true",
                           "--set create_repository=true, or leave out private");
  }

  // What can be known with fewer permissions is reported even if one is missing.
  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    const HubName name = parse_hub_name(image.repository_path());
    const auto registry = call.registry();
    if (!name.fault.empty())
      return call.report(kName, image.reference() + " is not a name on Docker Hub: " + name.fault,
                         "write " + suggest_name(image.repository_path(), user_of(call)) +
                             (image.tag().empty() ? "" : ":" + image.tag()));
    if (!registry) return;
    const bool may_push = check_token(call, *registry, image, name);
    const Tag tag = check_stored_tag(call, *registry, image, may_push);
    if (creation_.by_api() && !tag.exists) return check_before_creation(call, name);
    // A push sends the request only where it may fail because of the response.
    if (call.is_push() && !tag.has_conflict) return;
    berth::common::SdkHostApi host_api(call);
    report(call, check_repository(HubApi(host_api).repository(name), name, image.tag(),
                                  tag.has_conflict, creation_));
  }

  std::optional<berth::Explanation> explain(berth::CallContext& /*call*/,
                                            const berth::RegistryError& error) override {
    return berth::common::explain_error(error, kErrorHints);
  }

  void before_push(berth::CallContext& call, const berth::Image& image) override {
    if (will_create_) create(call, parse_hub_name(image.repository_path()));
  }

 private:
  struct Tag {
    bool exists = false;
    bool has_conflict = false;  // it is another image, or may be
  };

  // The user name of the credentials in use; empty without credentials, and if they cannot be read:
  // the push then reports it.
  static std::string user_of(berth::CallContext& call) {
    try {
      const auto account = call.registry() ? call.registry()->account() : std::nullopt;
      return account ? account->username : "";
    } catch (const berth::Failure&) {
      return {};
    }
  }

  // Returns whether the token service grants a push.
  static bool check_token(berth::CallContext& call, const berth::Registry& registry,
                          const berth::Image& image, const HubName& name) {
    std::string granted;
    bool is_read_only = false;
    try {
      const auto answer = registry.granted_actions(image.repository(), "pull,push");
      if (!answer || answer->find("push") != std::string::npos) return true;
      granted = *answer;
    } catch (const berth::Failure& failure) {
      const std::string& message = failure.service_error().registry_message;
      is_read_only = message.find("insufficient scopes") != std::string::npos;
      if (!is_read_only) throw;
    }
    const auto account = registry.account().value_or(berth::Account());
    report(call, {is_read_only ? read_only_token(account.username, account.source)
                               : check_granted(granted, name, account.username, account.source)});
    return false;
  }

  // HEAD, which Docker Hub does not count as a pull. A refusal means that the tag is not known.
  Tag check_stored_tag(berth::CallContext& call, const berth::Registry& registry,
                       const berth::Image& image, bool may_push) const {
    if (image.tag().empty()) return {};
    const std::string& path = image.repository_path();
    try {
      const auto answer = registry.head("/v2/" + path + "/manifests/" + image.tag(),
                                        "repository:" + path + (may_push ? ":pull,push" : ":pull"));
      const std::string stored = answer.status == 200 ? answer.header("docker-content-digest") : "";
      const bool is_same = !image.digest().empty() && stored == image.digest();
      if (is_same) call.report(kTagSame, "tag " + image.tag() + " is this image already");
      if (!call.is_push()) report_pulls(call, answer);  // of no interest in a push
      return {!stored.empty(), !stored.empty() && !is_same};
    } catch (const berth::Failure& failure) {
      call.log("tag " + image.tag() + " is not known: " + failure.what());
      return {};
    }
  }

  static void report_pulls(berth::CallContext& call, const berth::RegistryResponse& answer) {
    const auto left = parse_rate_limit(answer.header("ratelimit-remaining"));
    const auto limit = parse_rate_limit(answer.header("ratelimit-limit"));
    if (left && limit)
      call.report(kPullLimit, std::to_string(left->pulls) + " of " + std::to_string(limit->pulls) +
                                  " pulls are left in " + std::to_string(limit->window / 3600) +
                                  " h");
  }

  // Whether the repository exists, also a private one, and can be created otherwise.
  void check_before_creation(berth::CallContext& call, const HubName& name) {
    berth::common::SdkHostApi host_api(call);
    HubApi api(host_api);
    if (const std::string error = api.log_in(); !error.empty())
      return report(call, {not_created(name, "login at hub.docker.com failed: " + error)});
    const HubRepository repository = api.repository(name);
    if (repository.state == HubRepository::State::unknown ||
        repository.state == HubRepository::State::throttled)
      return report(call,
                    {not_created(name, "whether it exists is not known: " + repository.error)});
    will_create_ = repository.state == HubRepository::State::not_found;
    hub_token_ = api.token();
    report(call, check_repository(repository, name, {}, false, creation_));
  }

  void create(berth::CallContext& call, const HubName& name) const {
    berth::common::SdkHostApi host_api(call);
    const std::string error = HubApi(host_api, hub_token_).create(name, *creation_.is_private);
    if (!error.empty()) report(call, {not_created(name, error)});
  }

  Creation creation_;
  bool will_create_ = false;
  std::string hub_token_;  // of Hub's API, for the rest of the push
};

}  // namespace
BERTH_PLUGIN(DockerHubContainerRegistry)
