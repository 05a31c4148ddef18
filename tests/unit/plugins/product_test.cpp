// The flavor default: recognises products by their challenges.
#include <doctest/doctest.h>

#include <string>

#include "default/product.hpp"
#include "default/product_hints.hpp"

using namespace berth;

TEST_CASE("default: recognises products by their challenges") {
  const struct {
    const char* challenge;
    const char* server;
    const char* product;  // empty: any
    const char* flavor;   // empty: none
  } cases[] = {
      {R"(Basic realm="https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com")",
       "", "Amazon ECR", "aws"},
      {R"(Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws")", "",
       "Amazon ECR Public", "aws"},
      {R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io")", "",
       "Docker Hub", "dockerhub"},
      {R"(Bearer realm="https://europe-west1-docker.pkg.dev/v2/token",service="europe-west1-docker.pkg.dev")",
       "", "Google Artifact Registry", "gcp"},
      {R"(Bearer realm="https://contoso.azurecr.io/oauth2/token",service="contoso.azurecr.io")", "",
       "Azure Container Registry", "azure"},
      {R"(Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull")",
       "", "GitHub Container Registry", ""},
      {R"(Bearer realm="https://gitlab.example/jwt/auth",service="container_registry")", "",
       "GitLab", ""},
      {R"(Bearer realm="https://h.example/service/token",service="harbor-registry")", "nginx",
       "Harbor", ""},
      {R"(Bearer realm="https://quay.example/v2/auth",service="quay.example")", "", "Quay", ""},
      {R"(Basic realm="Artifactory Realm")", "", "Artifactory", ""},
      {R"(BASIC REALM="Sonatype Nexus Repository Manager")", "", "Nexus", ""},
      {R"(Bearer realm="https://n.example/v2/token")", "Nexus/3.60.0-02 (OSS)", "Nexus", ""},
      {R"(Bearer realm="https://git.example/v2/token",service="container_registry",scope="*")", "",
       "Gitea or Forgejo", ""},
      {R"(Bearer realm="https://containers.github.example/token",service="containers.github.example")",
       "", "GitHub Container Registry", ""},
      {R"(Bearer realm="https://default-route-openshift-image-registry.apps.example/openshift/token")",
       "", "OpenShift", ""},
      {R"(Bearer realm="https://api.digitalocean.com/v2/registry/auth",service="registry.digitalocean.com")",
       "", "DigitalOcean Container Registry", ""},
      {R"(Bearer realm="https://fra.ocir.io/20180419/docker/token",service="fra.ocir.io",scope="")",
       "", "Oracle Cloud Infrastructure Registry", ""},
      {R"(Bearer realm="https://us.icr.io/oauth/token",service="registry")", "",
       "IBM Cloud Container Registry", ""},
      {R"(Bearer realm="https://dockerauth.cn-hangzhou.aliyuncs.com/auth",service="registry.aliyuncs.com:cn-hangzhou:26842")",
       "", "Alibaba Cloud Container Registry", ""},
      {R"(Basic realm="Registry Realm")", "nginx", "", ""},
      {R"(Bearer realm="https://auth.example/token",service="r.example")", "", "", ""},
      {"", "", "", ""},
  };
  for (const auto& one : cases) {
    CAPTURE(one.challenge);
    const auto product = default_flavor::recognise(one.challenge, one.server);
    CHECK(std::string(product ? product->name : "") == one.product);
    CHECK(std::string(product && product->flavor != nullptr ? product->flavor : "") == one.flavor);
  }
  // Artifactory behind a proxy.
  for (const char* headers :
       {"x-jfrog-version: Artifactory/7.77.5\n", "date: x\nx-artifactory-id: 1f\n"}) {
    const auto product = default_flavor::recognise("", "nginx", headers);
    REQUIRE(product.has_value());
    CHECK(product->name == std::string("Artifactory"));
  }
  CHECK_FALSE(default_flavor::recognise("", "nginx", "date: x\nx-jfrog: no\n").has_value());
}

namespace {

const std::string kHost = "r.example:8443";

// "cause | fix"; empty: no explanation.
std::string explained(const std::string& code, const std::string& message,
                      const char* product = nullptr,
                      const std::string& repository = "acme/team/app") {
  const default_flavor::Product known{product != nullptr ? product : "", nullptr};
  const auto explanation = default_flavor::explain_error(
      {code, message, repository}, product != nullptr ? &known : nullptr, kHost);
  return explanation ? explanation->cause + " | " + explanation->fix : "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool has_placeholder(const std::string& text) {
  return contains(text, "{host}") || contains(text, "{project}") || contains(text, "{repository}");
}

}  // namespace

TEST_CASE("default: messages that give a product away, with what is needed there") {
  const struct {
    const char* message;
    const char* cause;
    const char* fix;
  } cases[] = {
      {"403 DENIED: permission_denied: write_package",
       "GitHub Container Registry: the package exists", "role Write"},
      {"403 DENIED: permission_denied: The token provided does not match expected scopes.",
       "lacks write:packages", "berth login r.example:8443"},
      {"403 DENIED: installation not allowed to Create organization package", "those of acme",
       "packages: write"},
      {"401 UNAUTHORIZED: unauthenticated: User cannot be authenticated with the token provided.",
       "fine-grained", "classic token"},
      {"400 NAME_INVALID: Nested repositories are not supported",
       "Quay:", "push r.example:8443/acme/NAME"},
      {"403 DENIED: Quota has been exceeded on namespace", "Quay: the storage of namespace acme",
       "quota"},
      {"409 TAG_IMMUTABLE: tag 1 is immutable", "Quay: the tag exists", "another tag"},
      {"403 DENIED: Pushing to protected repository path forbidden", "GitLab: the project protects",
       "maintainer"},
      {"404 UNAVAILABLE: registry not enabled", "container registry is disabled", "enable"},
      {"401 UNAUTHORIZED: HTTP Basic: Access denied.", "two-factor", "write_registry"},
      {"412 PRECONDITION: Failed to process request due to 'app:1' configured as immutable.",
       "Harbor: an immutability", "another tag"},
      {"403 DENIED: adding 29.0 MiB of storage resource, which when updated to current usage of "
       "152.4 MiB will exceed "
       "the configured upper limit of 10.0 MiB.",
       "Harbor: the storage quota of project acme", "quota"},
      {"405 METHOD_NOT_ALLOWED: can not push artifact to a proxy project: acme", "proxy cache",
       "another project"},
      {"403 DENIED: Deploying to groups is a PRO-licensed feature. See https://links.sonatype.com/",
       "Nexus: this is the "
       "address of a group",
       "hosted repository"},
      {"400 UNKNOWN: docker-hosted does not allow updating assets",
       "Nexus: the repository does not permit redeployment", "another tag"},
      {"401 UNAUTHORIZED: reqPackageAccess",
       "Gitea or Forgejo: the account may not write packages of acme", "write:package"},
      {"400 MANIFEST_INVALID: manifest invalid; map[description:HTTP 403 Forbidden]",
       "Artifactory: the tag exists", "Delete/Overwrite"},
      {"403 DENIED: registry contains 1 repositories, limit is 1", "DigitalOcean", "doctl"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.message);
    const std::string text = explained("push.blob-denied", one.message);
    CHECK_MESSAGE(contains(text, one.cause), text);
    CHECK_MESSAGE(contains(text.substr(text.find(" | ")), one.fix), text);
    CHECK_FALSE(has_placeholder(text));
  }
}

TEST_CASE("default: a product that denies access is named, with the required permission") {
  using namespace default_flavor;
  const struct {
    const char* product;
    const char* denied;
    const char* rejected;
  } cases[] = {
      {kHarbor, "Harbor: project acme does not exist", "CLI secret"},
      {kGitLab, "GitLab: project acme/team/app does not exist", "two-factor"},
      {kQuay, "Quay: namespace acme does not exist", "NAMESPACE+ROBOT"},
      {kNexus, "Nexus: the account lacks nx-repository-view-docker", "Docker Bearer Token Realm"},
      {kArtifactory, "Artifactory: repository acme does not exist", "identity token"},
      {kGitHub, "write:packages", "fine-grained"},
      {kGitea, "write:package", "personal access token"},
      {kOpenShift, "project acme does not exist", "oc whoami -t"},
      {kDigitalOcean, "registry acme does not exist", "API token"},
      {kOracle, "tenancy's namespace", "auth token"},
      {kIbm, "namespace acme does not exist", "iamapikey"},
      {kAlibaba, "namespace acme does not exist", "password"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.product);
    for (const char* code :
         {"auth.denied", "push.blob-denied", "push.blob-repository", "push.manifest-denied"})
      CHECK_MESSAGE(contains(explained(code, "401 UNAUTHORIZED: no", one.product), one.denied),
                    explained(code, "401 UNAUTHORIZED: no", one.product));
    CHECK(contains(explained("auth.refused", "401 UNAUTHORIZED: no", one.product), one.rejected));
    CHECK_FALSE(
        has_placeholder(push_requirement({one.product, nullptr}, "acme/team/app", kHost)->fix));
    // Without credentials, those are required: berth's own fix is kept.
    CHECK(explained("auth.required", "401 UNAUTHORIZED: no", one.product) ==
          std::string(one.product) + " requires authentication | ");
    CHECK(explained("push.blob-failed", "500 UNKNOWN: unknown error", one.product).empty());
  }
}

TEST_CASE("default: a fix is not used for another fault or another product") {
  using namespace default_flavor;
  // Docker Hub's and distribution's message, of a product that is not recognised.
  const std::string denied = "401 DENIED: requested access to the resource is denied";
  CHECK(contains(explained("auth.denied", denied), "does not exist, is spelled differently"));
  CHECK(explained("auth.required", denied).empty());
  CHECK(explained("auth.refused", denied).empty());
  CHECK(explained("push.blob-failed", denied).empty());
  // One product's message from another one.
  CHECK(explained("push.manifest-refused", "400 UNKNOWN: configured as immutable", kNexus).empty());
  CHECK(
      contains(explained("push.manifest-refused", "400 UNKNOWN: configured as immutable", kHarbor),
               "immutability"));
  CHECK(explained("push.blob-failed", "500 UNKNOWN: unknown error").empty());
}
