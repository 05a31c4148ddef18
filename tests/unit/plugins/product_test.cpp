// The flavor default: which product a challenge gives away.
#include <doctest/doctest.h>

#include <string>

#include "default/product.hpp"
#include "default/sayings.hpp"

using namespace berth;

TEST_CASE("default: products by their challenges") {
  const struct {
    const char* challenge;
    const char* server;
    const char* product;  // empty: any
    const char* flavor;   // empty: none
  } cases[] = {
      {R"(Basic realm="https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com")", "",
       "Amazon ECR", "aws"},
      {R"(Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws")", "", "Amazon ECR Public",
       "aws"},
      {R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io")", "", "Docker Hub", "dockerhub"},
      {R"(Bearer realm="https://europe-west1-docker.pkg.dev/v2/token",service="europe-west1-docker.pkg.dev")", "",
       "Google Artifact Registry", "gcp"},
      {R"(Bearer realm="https://contoso.azurecr.io/oauth2/token",service="contoso.azurecr.io")", "",
       "Azure Container Registry", "azure"},
      {R"(Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull")", "",
       "GitHub Container Registry", ""},
      {R"(Bearer realm="https://gitlab.example/jwt/auth",service="container_registry")", "", "GitLab", ""},
      {R"(Bearer realm="https://h.example/service/token",service="harbor-registry")", "nginx", "Harbor", ""},
      {R"(Bearer realm="https://quay.example/v2/auth",service="quay.example")", "", "Quay", ""},
      {R"(Basic realm="Artifactory Realm")", "", "Artifactory", ""},
      {R"(BASIC REALM="Sonatype Nexus Repository Manager")", "", "Nexus", ""},
      {R"(Bearer realm="https://n.example/v2/token")", "Nexus/3.60.0-02 (OSS)", "Nexus", ""},
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
}

TEST_CASE("default: what products without a flavor say, in words") {
  auto cause = [](const std::string& words) {
    const auto meaning = cloud::meaning_of({"push.blob-denied", words, "acme/app"}, default_flavor::kSayings);
    return meaning ? meaning->cause : "";
  };
  CHECK(cause("403 DENIED: permission_denied: write_package").find("no write access") != std::string::npos);
  CHECK(cause("401 UNAUTHORIZED: unauthenticated: User cannot be authenticated with the token provided.")
            .find("fine-grained") != std::string::npos);
  CHECK(cause("403 DENIED: Requested access to the resource is denied").find("spelt otherwise") != std::string::npos);
  CHECK(cause("500 UNKNOWN: unknown error").empty());
}
