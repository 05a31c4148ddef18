#include "default/product.hpp"

#include <algorithm>
#include <cctype>
#include <string>

namespace berth::default_flavor {
namespace {

struct Mark {
  // In lower case, all of them somewhere in one challenge.
  std::string_view first;
  std::string_view second;
  Product product;
};

constexpr Mark kMarks[] = {
    {"service=\"ecr.amazonaws.com\"", "", {"Amazon ECR", "aws"}},
    {"realm=\"https://public.ecr.aws/", "", {"Amazon ECR Public", "aws"}},
    {"realm=\"https://auth.docker.io/token\"", "", {"Docker Hub", "dockerhub"}},
    {"docker.pkg.dev/v2/token\"", "", {"Google Artifact Registry", "gcp"}},
    {"gcr.io/v2/token\"", "", {"Google Artifact Registry", "gcp"}},
    {".azurecr.", "/oauth2/token\"", {"Azure Container Registry", "azure"}},
    {"realm=\"https://ghcr.io/token\"", "", {"GitHub Container Registry", nullptr}},
    {"/jwt/auth\"", "service=\"container_registry\"", {"GitLab", nullptr}},
    {"service=\"harbor-registry\"", "", {"Harbor", nullptr}},
    {"/v2/auth\"", "", {"Quay", nullptr}},
    {"realm=\"artifactory realm\"", "", {"Artifactory", nullptr}},
    {"/artifactory/api/docker/", "/v2/token\"", {"Artifactory", nullptr}},
    {"realm=\"sonatype nexus repository manager\"", "", {"Nexus", nullptr}},
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

}  // namespace

std::optional<Product> recognise(std::string_view challenge, std::string_view server) {
  const std::string text = lower(challenge);
  for (const Mark& mark : kMarks)
    if (text.find(mark.first) != std::string::npos && text.find(mark.second) != std::string::npos) return mark.product;
  const std::string name = lower(server);
  if (name.rfind("nexus/", 0) == 0) return Product{"Nexus", nullptr};
  if (name.rfind("artifactory/", 0) == 0) return Product{"Artifactory", nullptr};
  return std::nullopt;
}

}  // namespace berth::default_flavor
