// The flavor dockerhub: names, remaining pulls, and responses of the token service and the API of
// Docker Hub.
#include <doctest/doctest.h>

#include <set>

#include <berth/http.hpp>

#include "dockerhub/error_hints.hpp"
#include "dockerhub/findings.hpp"
#include "dockerhub/hub_api.hpp"
#include "dockerhub/hub_name.hpp"
#include "dockerhub/preflight.hpp"
#include "dockerhub/rate_limit.hpp"
#include "unit/plugins/vector_host_api.hpp"

using namespace berth;

TEST_CASE("dockerhub: parses names as NAMESPACE/NAME") {
  const struct {
    const char* path;
    const char* name_space;
    bool good;
  } cases[] = {{"alice/app", "alice", true},
               {"app", "library", false},
               {"library/app", "library", false},
               {"alice/team/app", "alice", false}};
  for (const auto& one : cases) {
    CAPTURE(one.path);
    const auto name = dockerhub::parse_hub_name(one.path);
    CHECK(name.name_space == one.name_space);
    CHECK(name.fault.empty() == one.good);
  }
}

TEST_CASE("dockerhub: recognises its hosts") {
  for (const char* host :
       {"docker.io", "index.docker.io", "Registry-1.docker.io", "registry.hub.docker.com"})
    CHECK_MESSAGE(dockerhub::is_hub_host(host), host);
  for (const char* host : {"ghcr.io", "docker.io.evil.example", "docker.com", ""})
    CHECK_MESSAGE(!dockerhub::is_hub_host(host), host);
}

TEST_CASE("dockerhub: reads the remaining pulls") {
  CHECK(dockerhub::parse_rate_limit("100;w=21600")->pulls == 100);
  CHECK(dockerhub::parse_rate_limit("0;w=3600")->window == 3600);
  for (const char* none :
       {"", "100", ";w=1", "a;w=1", "1;w=", "-1;w=1", "1;w=99999999999999999999"})
    CHECK_MESSAGE(!dockerhub::parse_rate_limit(none).has_value(), none);
}

TEST_CASE("dockerhub: suggests the name that was probably meant") {
  const struct {
    const char* path;
    const char* user;
    const char* name;
  } cases[] = {{"app", "alice", "docker.io/alice/app"},
               {"library/app", "alice", "docker.io/alice/app"},
               {"library/team/app", "alice", "docker.io/alice/team-app"},
               {"bob/team/app", "alice", "docker.io/bob/team-app"},
               {"bob/a/b/c", "", "docker.io/bob/a-b-c"},
               {"app", "", "docker.io/YOUR-NAMESPACE/app"},
               {"app", "alice@example.com", "docker.io/YOUR-NAMESPACE/app"}};
  for (const auto& one : cases) CHECK(dockerhub::suggest_name(one.path, one.user) == one.name);
}

TEST_CASE("dockerhub: explains why a push is denied, by user name and namespace") {
  const dockerhub::HubName name{"bob", "app", {}};
  const auto foreign =
      dockerhub::check_granted("pull", name, "alice", "password of alice, from BERTH_PASSWORD");
  CHECK(foreign.kind == &dockerhub::kMayNotPush);
  CHECK(foreign.message ==
        "alice is only authorized to pull in bob/app: bob is another account, or an organization "
        "in which the team "
        "lacks write access (password of alice, from BERTH_PASSWORD)");
  CHECK(foreign.fix == "push to docker.io/alice/app, or ask an owner of bob for write access");
  const auto own = dockerhub::check_granted("", name, "bob", "");
  CHECK(own.message == "bob is not authorized to push to bob/app");
  CHECK(own.fix.find("private repositories") != std::string::npos);
  const auto token = dockerhub::check_granted("", name, "", "identity token, from a file");
  CHECK(token.message.find("the credentials in use are not authorized to push to bob/app") == 0);
  CHECK(token.fix == "ask an owner of bob for write access");
  const auto read_only =
      dockerhub::read_only_token("alice", "password of alice, from /config.json");
  CHECK(read_only.kind == &dockerhub::kReadOnlyToken);
  CHECK(read_only.message ==
        "the access token of alice is read-only (password of alice, from /config.json)");
  CHECK(read_only.fix.find("Read & Write") != std::string::npos);
}

namespace {

const dockerhub::HubName kApp{"alice", "app", {}};
constexpr dockerhub::Creation kNone{};

dockerhub::HubRepository recorded(const std::string& one, bool authenticated = false) {
  return dockerhub::parse_hub_repository(test::recorded_answer("dockerhub/" + one, 1),
                                         authenticated);
}

// Inserts the credentials like the host.
struct HubMachine final : test::VectorHostApi {
  using VectorHostApi::VectorHostApi;
  std::vector<common::Response> send(const std::vector<common::Request>& requests) override {
    auto filled = requests;
    for (auto& request : filled) {
      fill(request.body, USERNAME_PLACEHOLDER, "alice");
      fill(request.body, PASSWORD_PLACEHOLDER, secret);
    }
    return VectorHostApi::send(filled);
  }
  static void fill(std::string& body, const std::string& placeholder, const std::string& value) {
    if (const auto at = body.find(placeholder); at != std::string::npos)
      body.replace(at, placeholder.size(), value);
  }
  std::string secret = "password-of-alice";
};

}  // namespace

TEST_CASE("dockerhub: API responses about a repository become findings") {
  auto found = [&](const std::string& one, bool taken) {
    return test::codes(dockerhub::check_repository(recorded(one), kApp, "v1", taken, kNone));
  };
  CHECK(found("repository-details", true) == "dockerhub.tag-immutable ");
  CHECK(dockerhub::check_repository(recorded("repository-details"), kApp, "v1", true, kNone)
            .front()
            .message == "tag v1 exists, and alice/app has immutable tags: v.*");
  CHECK(found("repository-details", false).empty());
  CHECK(found("repository-private", false) == "dockerhub.not-public ");
  CHECK(found("repository-missing", true) == "dockerhub.not-public ");
  const auto throttled =
      dockerhub::check_repository(recorded("throttled"), kApp, "v1", false, kNone);
  CHECK(throttled.front().message.find("until 2026-01-15T12:01:00Z") != std::string::npos);
  for (const auto& odd :
       {common::Response{500, {}, "", ""}, common::Response{0, {}, "", "no route"},
        common::Response{200, {}, "<html>", ""}, common::Response{200, {}, "[]", ""}}) {
    const auto repository = dockerhub::parse_hub_repository(odd, false);
    CHECK(repository.state == dockerhub::HubRepository::State::unknown);
    CHECK_FALSE(repository.error.empty());
    CHECK(dockerhub::check_repository(repository, kApp, "v1", true, kNone).empty());
  }
  // With a token, 401 does not mean that the repository is missing.
  CHECK(recorded("repository-private", true).state == dockerhub::HubRepository::State::unknown);
}

TEST_CASE("dockerhub: creates a repository with the given visibility") {
  using dockerhub::Creation;
  CHECK_FALSE(Creation{true, std::nullopt}.by_api());
  CHECK(Creation{true, false}.by_api());
  const auto findings = [](const char* one, const Creation& creation) {
    return dockerhub::check_repository(recorded(one), kApp, "v1", false, creation);
  };
  CHECK(findings("repository-missing", {true, true}).at(0).message ==
        "repository alice/app will be created, private");
  CHECK(findings("repository-missing", {true, false}).at(0).message ==
        "repository alice/app will be created, public");
  CHECK(findings("repository-missing", {true, std::nullopt}).at(0).kind == &dockerhub::kNotPublic);
  CHECK(findings("repository-missing", kNone).at(0).fix.find("--set private=true") !=
        std::string::npos);
  CHECK(test::codes(findings("repository-details", {true, true})) == "dockerhub.visibility ");
  CHECK(findings("repository-details", {true, false}).empty());
  CHECK(dockerhub::not_created(kApp, "status 403: permission denied").message ==
        "repository alice/app cannot be created: status 403: permission denied");
}

TEST_CASE("dockerhub: a repository is created with the user's credentials, exchanged for a token") {
  const struct {
    const char* name;
    dockerhub::HubName repository;
    const char* error;
  } cases[] = {{"create", {"alice", "new", {}}, ""},
               {"create-existing", {"alice", "app", {}}, ""},
               {"create-denied", {"library", "new", {}}, "status 403: permission denied"}};
  for (const auto& one : cases) {
    CAPTURE(one.name);
    HubMachine host_api({std::string("dockerhub/") + one.name});
    dockerhub::HubApi api(host_api);
    CHECK(api.log_in().empty());
    CHECK_FALSE(api.token().empty());
    CHECK(dockerhub::HubApi(host_api, api.token()).create(one.repository, true) == one.error);
  }
  HubMachine refused({"dockerhub/login-refused"});
  refused.secret = "wrong";
  CHECK(dockerhub::HubApi(refused).log_in() == "status 401: unauthorized");
  struct Throttled final : test::VectorHostApi {
    Throttled() : VectorHostApi({"gcp/token-user#1"}) {}
    std::vector<common::Response> send(const std::vector<common::Request>&) override {
      return {{429, {{"x-retry-after", "1768478460"}}, R"({"message": "slow down"})", ""}};
    }
  } throttled;
  CHECK(dockerhub::HubApi(throttled).log_in() == "rate limited until 2026-01-15T12:01:00Z");
  CHECK(dockerhub::HubApi(throttled, "t").create(kApp, true) ==
        "rate limited until 2026-01-15T12:01:00Z");
}

TEST_CASE("dockerhub: explains messages of its registry") {
  const auto explained = [](const std::string& message) {
    return common::explain_error({"push.blob-denied", message, "alice/app"}, dockerhub::kErrorHints)
        .value_or(Explanation{"", ""});
  };
  CHECK(explained(R"(401 {"details":"access token has insufficient scopes"})")
            .cause.find("read-only") != std::string::npos);
  for (const char* message : {"401 unauthorized: please use personal access token to login",
                              "401 your account must log in with a Personal Access Token (PAT)"})
    CHECK(explained(message).cause.find("password") != std::string::npos);
  CHECK(explained("401 incorrect username or password").fix.find("berth login docker.io") !=
        std::string::npos);
  CHECK(explained("429 TOOMANYREQUESTS: You have reached your unauthenticated pull rate limit.")
            .fix == "berth login docker.io");
  CHECK(
      explained("429 TOOMANYREQUESTS: You have reached your pull rate limit.").fix.find("login") ==
      std::string::npos);
  CHECK(explained("500 oops").cause.empty());
}

TEST_CASE("dockerhub: every kind of finding has its own code") {
  std::set<std::string> codes;
  for (const auto* kind : dockerhub::kFindings) {
    CHECK(std::string(kind->code).rfind("dockerhub.", 0) == 0);
    CHECK(codes.insert(kind->code).second);
  }
}
