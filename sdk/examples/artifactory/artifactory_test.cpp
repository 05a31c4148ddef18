// Tests of artifactory.cpp without a test framework: exits with the number of failures.
#include <berth/testing.hpp>

#include <cstdio>

namespace {

using berth::testing::Host;

int failures = 0;

void check(bool condition, const char* text, const berth::testing::Outcome& outcome) {
  if (condition) return;
  std::fprintf(stderr, "failed: %s\n%s", text, outcome.text().c_str());
  ++failures;
}

void missing_repositories_are_found() {
  Host host;
  host.uri("art.example.com")
      .registry("GET", "/v2/", {401, "www-authenticate: Bearer realm=\"x\"\n", ""})
      .registry("GET", "/artifactory/api/repositories/docker-local",
                {404, "", R"({"errors": [{"status": 404}]})"})
      .registry("GET", "/artifactory/api/repositories?packageType=docker",
                {200, "", R"([{"key": "other"}])"});
  const auto result = host.prepare_image_push({"docker-local/app", "1"});
  check(result.ok && result.has("artifactory.repository-missing"), "it is missing", result);
  check(result.blocked(), "a missing repository blocks the push", result);
}

void tokens_come_from_the_environment_or_the_file() {
  Host host;
  host.uri("art.example.com")
      .environment("JF_URL", "https://art.example.com")
      .environment("JF_ACCESS_TOKEN", "reference-token")
      .environment("JF_USER", "alice");
  const auto found = host.credential();
  check(found.ok && found.credential && found.credential->username() == "alice",
        "JF_ACCESS_TOKEN is used", found);
  host.file("~/.jfrog/jfrog-cli.conf.v6", "{not JSON").environment("JF_URL", "");
  const auto broken = host.credential();
  check(!broken.ok && broken.fix == "jf config add", "a broken file is an error", broken);
}

void errors_are_explained() {
  Host host;
  const auto explanation =
      host.explain({"push.manifest-denied", "403 unauthorized to upload", "docker-local/app"});
  check(explanation.has_value(), "the error is explained", host.last());
}

}  // namespace

int main() {
  missing_repositories_are_found();
  tokens_come_from_the_environment_or_the_file();
  errors_are_explained();
  return failures;
}
