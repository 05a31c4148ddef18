// artifactory: JFrog Artifactory, in its cloud or one's own. Asks the REST interface, before a byte
// moves, whether the repository exists and takes images. Facts and sources: README.md.
#include <berth/container_registry.hpp>
#include <berth/json.hpp>

#include "jfrog_cli.hpp"

namespace {

using berth::FindingKind;

constexpr FindingKind kNoKey{
    "artifactory.no-repository-key", berth::error,
    "An image's name starts with the key of a repository in Artifactory, unless the host "
    "serves only one repository."};
constexpr FindingKind kMissing{
    "artifactory.repository-missing", berth::error,
    "Artifactory has no repository of this key, or does not show it with these credentials. "
    "A push does not create it."};
constexpr FindingKind kRemote{
    "artifactory.repository-remote", berth::error,
    "A remote repository is a cache of another registry, and does not accept pushes."};
constexpr FindingKind kNoTarget{
    "artifactory.no-deployment-repository", berth::error,
    "A virtual repository hands a push on to its default deployment repository. This one "
    "has none."};
constexpr FindingKind kPackageType{
    "artifactory.package-type", berth::error,
    "A repository takes packages of one type. Images go into those of type docker or "
    "oci."};
constexpr FindingKind kTagTaken{
    "artifactory.tag-taken", berth::warning,
    "The tag points to another image. Replacing it requires the permission "
    "Delete/Overwrite in addition to Deploy, which many users do not have."};
constexpr FindingKind kTagSame{"artifactory.tag-same", berth::info,
                               "The tag already points to the same image."};
constexpr FindingKind kNotTold{
    "artifactory.not-told", berth::info,
    "Artifactory's response does not show whether the repository accepts the push. Its "
    "REST API shows administrators more than others, and some editions less."};

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

class ArtifactoryContainerRegistry : public berth::BaseContainerRegistry,
                                     public berth::CredentialProvider,
                                     public berth::ErrorExplainer {
 public:
  static constexpr char FLAVOR[] = "artifactory";
  static constexpr char VERSION[] = "0.1.0";
  static constexpr char DESCRIPTION[] = "JFrog Artifactory";
  static constexpr char SETTINGS[] =
      R"({"properties": {"repository": {"type": "string", "description":
    "the key of the repository, if the host serves only one"}}})";
  static constexpr const char* CLAIMS[] = {"*.jfrog.io"};
  static constexpr const char* PERMISSIONS[] = {
      "env:JF_URL", "env:JF_USER", "env:JF_ACCESS_TOKEN", "env:JFROG_CLI_HOME_DIR",
      "file:$JFROG_CLI_HOME_DIR/jfrog-cli.conf.v6|~/.jfrog/jfrog-cli.conf.v6"};
  static constexpr const FindingKind* FINDINGS[] = {
      &kNoKey, &kMissing, &kRemote, &kNoTarget, &kPackageType, &kTagTaken, &kTagSame, &kNotTold};
  static constexpr char USERNAME_HINT[] = "your JFrog user name";
  static constexpr char PASSWORD_HINT[] =
      "an identity token, made in your profile of the JFrog platform";

  ArtifactoryContainerRegistry() : key_(settings().string("repository")) {
    if (key_.find('/') != std::string::npos)
      throw berth::Failure("setting repository is a path, not a key: " + key_,
                           "set repository to " + key_.substr(0, key_.find('/')));
  }

  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    const auto registry = call.registry();
    const Repository repository = repository_of(registry, image);
    if (repository.key.empty())
      return call.report(repository.sure ? kNoKey.severity : berth::warning, kNoKey.code,
                         image.reference() + " names no repository of Artifactory",
                         "write " + host() + "/REPOSITORY-KEY/" + image.repository_path() +
                             ", or set repository=KEY");
    if (registry && check_repository(call, *registry, repository))
      check_tag(call, *registry, image);
  }

  berth::Credential credential(berth::CallContext& call,
                               const berth::CredentialRequest& request) override {
    if (request.previous_rejected) return berth::Credential::none("JFrog's tools have no other");
    return artifactory::stored_login(call, request.host, key_);
  }

  std::optional<berth::Explanation> explain(berth::CallContext& /*call*/,
                                            const berth::RegistryError& error) override {
    if (error.message_contains("delete/overwrite") ||
        (error.message_contains("manifest invalid") && error.message_contains("forbidden")))
      return berth::Explanation{
          "the tag exists, and this login may not replace it",
          "push another tag, or ask for the permission Delete/Overwrite on the repository"};
    if (error.message_contains("unauthorized to upload") ||
        error.message_contains("does not have permission for manifest"))
      return berth::Explanation{"this login may not deploy there",
                                "ask for the permission Deploy/Cache on the repository"};
    return std::nullopt;
  }

 private:
  // `sure`: a setting or the registry confirms it; else the host may serve only one repository.
  struct Repository {
    std::string key;
    bool sure;
  };

  // The setting, else what the token service is for, else the first part of the name.
  Repository repository_of(const std::optional<berth::Registry>& registry,
                           const berth::Image& image) const {
    if (!key_.empty()) return {key_, true};
    const std::string challenge =
        registry ? registry->get_unauthenticated("/v2/").header("www-authenticate") : "";
    const std::string before = "/api/docker/";
    const std::size_t at = challenge.find(before);
    const std::size_t from = at + before.size();
    const std::string key =
        at == std::string::npos ? "" : challenge.substr(from, challenge.find('/', from) - from);
    if (!key.empty() && key != "null") return {key, true};
    const std::size_t slash = image.repository_path().find('/');
    return {slash == std::string::npos ? "" : image.repository_path().substr(0, slash),
            !challenge.empty()};
  }

  static bool is_missing(const berth::RegistryResponse& answer) {
    const auto json = berth::Json::parse(answer.body);
    return (answer.status == 400 || answer.status == 404) && json &&
           json->find("errors") != nullptr &&
           answer.body.find("only in Artifactory Pro") == std::string::npos;
  }

  // Whether there is more to ask.
  bool check_repository(berth::CallContext& call, const berth::Registry& registry,
                        const Repository& repository) const {
    const std::string path = "/artifactory/api/repositories/" + repository.key;
    auto answer = registry.get(path);
    if (is_missing(answer)) {  // perhaps only without credentials: authenticate and try again
      registry.probe();
      answer = registry.get(path);
    }
    if (is_missing(answer)) {
      report_missing(call, registry, repository);
      return false;
    }
    const auto json = berth::Json::parse(answer.body);
    if (answer.status != 200 || !json) {
      call.report(kNotTold,
                  "Artifactory does not show what repository " + repository.key +
                      " is: it answers " + std::to_string(answer.status),
                  "look at it at https://" + host() + "/ui/admin/repositories");
      return true;
    }
    check_class(call, *json, repository.key);
    const std::string type = lower(json->string("packageType").value_or("docker"));
    if (type != "docker" && type != "oci" &&
        type != "helmoci")  // helmoci: not documented whether it accepts images
      call.report(kPackageType, "repository " + repository.key + " is for packages of type " + type,
                  "push to a repository of type docker or oci");
    return !call.has_errors();
  }

  void report_missing(berth::CallContext& call, const berth::Registry& registry,
                      const Repository& repository) const {
    std::string seen;
    const auto list =
        berth::Json::parse(registry.get("/artifactory/api/repositories?packageType=docker").body);
    for (std::size_t i = 0; list && i < list->items().size() && i < 5; ++i)
      seen += (i == 0 ? "" : ", ") + list->items()[i].string("key").value_or("?");
    const bool anybody_may_ask = registry.get_unauthenticated("/v2/").status == 200;
    call.report(repository.sure && !anybody_may_ask ? kMissing.severity : berth::warning,
                kMissing.code,
                "repository not found: " + repository.key +
                    (seen.empty() ? "" : "; this login sees " + seen),
                "curl -u ADMIN -X PUT -H 'Content-Type: application/json' -d '{\"rclass\": "
                "\"local\", \"packageType\": "
                "\"docker\"}' https://" +
                    host() + "/artifactory/api/repositories/" + repository.key);
  }

  static void check_class(berth::CallContext& call, const berth::Json& repository,
                          const std::string& key) {
    const std::string rclass =
        lower(repository.string("rclass").value_or(repository.string("type").value_or("")));
    if (rclass == "remote")
      call.report(
          kRemote,
          "repository " + key + " is remote: it caches " +
              repository.string("url").value_or("another"),
          "push to a local repository, or to a virtual one with a default deployment repository");
    if (rclass != "virtual" || repository.string("defaultDeploymentRepo")) return;
    if (repository.find("repositories") != nullptr)  // all of it is shown
      return call.report(kNoTarget,
                         "virtual repository " + key + " has no default deployment repository",
                         "set one in its settings, or push to a local repository");
    call.report(
        kNotTold,
        "Artifactory does not show where virtual repository " + key + " stores what is pushed",
        "push to a local repository, or set a default deployment repository in the settings of " +
            key);
  }

  static void check_tag(berth::CallContext& call, const berth::Registry& registry,
                        const berth::Image& image) {
    if (image.tag().empty()) return;
    const auto stored = registry.manifest_digest(image.repository(), image.tag());
    if (!stored) return;
    if (*stored == image.digest())
      return call.report(kTagSame, "tag " + image.tag() + " is this image already");
    call.report(image.digest().empty() ? berth::info : kTagTaken.severity, kTagTaken.code,
                "tag " + image.tag() + " is there: " + *stored,
                "push another tag, or ask for the permission Delete/Overwrite");
  }

  std::string key_;
};

}  // namespace
BERTH_PLUGIN(ArtifactoryContainerRegistry)
