#include "default/product.hpp"

#include <string>

#include "common/text.hpp"

namespace berth::default_flavor {
namespace {

struct Fingerprint {
  // In lower case, both somewhere in one challenge.
  std::string_view first;
  std::string_view second;
  Product product;
};

constexpr Fingerprint kFingerprints[] = {
    {"service=\"ecr.amazonaws.com\"", "", {"Amazon ECR", "aws"}},
    {"realm=\"https://public.ecr.aws/", "", {"Amazon ECR Public", "aws"}},
    {"realm=\"https://auth.docker.io/token\"", "", {"Docker Hub", "dockerhub"}},
    {"docker.pkg.dev/v2/token\"", "", {"Google Artifact Registry", "gcp"}},
    {"gcr.io/v2/token\"", "", {"Google Artifact Registry", "gcp"}},
    {".azurecr.", "/oauth2/token\"", {"Azure Container Registry", "azure"}},
    {"realm=\"https://ghcr.io/token\"", "", {kGitHub, nullptr}},
    {"realm=\"https://containers.",
     "/token\",service=\"containers.",
     {kGitHub, nullptr}},  // GitHub Enterprise Server
    {"/jwt/auth\"", "service=\"container_registry\"", {kGitLab, nullptr}},
    {"/v2/token\"", "service=\"container_registry\"", {kGitea, nullptr}},
    {"service=\"harbor-registry\"", "", {kHarbor, nullptr}},
    {"/v2/auth\"", "", {kQuay, nullptr}},
    {"realm=\"artifactory realm\"", "", {kArtifactory, nullptr}},
    {"/artifactory/api/docker/", "/v2/token\"", {kArtifactory, nullptr}},
    {"realm=\"sonatype nexus repository manager\"", "", {kNexus, nullptr}},
    {"/openshift/token\"", "", {kOpenShift, nullptr}},
    {"service=\"registry.digitalocean.com\"", "", {kDigitalOcean, nullptr}},
    {".ocir.io/", "/docker/token\"", {kOracle, nullptr}},
    {"icr.io/oauth/token\"", "", {kIbm, nullptr}},
    {"realm=\"https://dockerauth.", ".aliyuncs.com/auth\"", {kAlibaba, nullptr}},
};

}  // namespace

std::optional<Product> recognise(std::string_view challenge, std::string_view server,
                                 std::string_view headers) {
  const std::string text = common::lower(challenge);
  for (const auto& print : kFingerprints)
    if (text.find(print.first) != std::string::npos && text.find(print.second) != std::string::npos)
      return print.product;
  const std::string name = common::lower(server);
  if (common::starts_with(name, "nexus/")) return Product{kNexus, nullptr};
  if (common::starts_with(name, "artifactory/")) return Product{kArtifactory, nullptr};
  // JFrog sends these also behind a proxy.
  for (const std::string_view own : {"x-jfrog-version: ", "x-artifactory-id: "})
    if (common::starts_with(headers, own) ||
        headers.find("\n" + std::string(own)) != std::string_view::npos)
      return Product{kArtifactory, nullptr};
  return std::nullopt;
}

}  // namespace berth::default_flavor
