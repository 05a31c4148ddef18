// The flavor dockerhub: names and the account of pulls.
#include <doctest/doctest.h>

#include <set>

#include "dockerhub/findings.hpp"
#include "dockerhub/hub_name.hpp"
#include "dockerhub/hub_repository.hpp"
#include "dockerhub/rate_limit.hpp"
#include "unit/plugins/vector_machine.hpp"

using namespace berth;

TEST_CASE("dockerhub: names are a namespace and a name") {
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

TEST_CASE("dockerhub: its hosts") {
  for (const char* host : {"docker.io", "index.docker.io", "Registry-1.docker.io", "registry.hub.docker.com"})
    CHECK_MESSAGE(dockerhub::is_hub_host(host), host);
  for (const char* host : {"ghcr.io", "docker.io.evil.example", "docker.com", ""})
    CHECK_MESSAGE(!dockerhub::is_hub_host(host), host);
}

TEST_CASE("dockerhub: how many pulls are left") {
  CHECK(dockerhub::parse_rate_limit("100;w=21600")->pulls == 100);
  CHECK(dockerhub::parse_rate_limit("0;w=3600")->window == 3600);
  for (const char* none : {"", "100", ";w=1", "a;w=1", "1;w=", "-1;w=1", "1;w=99999999999999999999"})
    CHECK_MESSAGE(!dockerhub::parse_rate_limit(none).has_value(), none);
}

TEST_CASE("dockerhub: what its interface says of a repository") {
  const dockerhub::HubName name{"alice", "app", {}};
  CHECK(dockerhub::hub_question(name).url == "https://hub.docker.com/v2/namespaces/alice/repositories/app");
  auto answer = [](const std::string& one) {
    const auto response = test::recorded_answer("dockerhub/" + one, 1);
    return dockerhub::parse_hub_repository(response);
  };
  auto found = [&](const std::string& one, bool taken) {
    return test::codes(dockerhub::judge(answer(one), name, "v1", taken));
  };
  CHECK(found("repository-details", true) == "dockerhub.tag-immutable ");
  CHECK(dockerhub::judge(answer("repository-details"), name, "v1", true).front().message ==
        "tag v1 exists, and alice/app takes tags once: v.*");
  CHECK(found("repository-details", false).empty());
  CHECK(found("repository-private", false) == "dockerhub.not-public ");
  CHECK(found("repository-missing", true) == "dockerhub.not-public ");
  CHECK(dockerhub::judge(answer("throttled"), name, "v1", false).front().message.find("until 2026-01-15T12:01:00Z") !=
        std::string::npos);
  for (const auto& odd : {cloud::Response{500, {}, "", ""}, cloud::Response{0, {}, "", "no route"},
                          cloud::Response{200, {}, "<html>", ""}, cloud::Response{200, {}, "[]", ""}})
    CHECK(dockerhub::judge(dockerhub::parse_hub_repository(odd), name, "v1", true).empty());
}

TEST_CASE("dockerhub: every kind of finding has a code of its own") {
  std::set<std::string> codes;
  for (const auto* kind : dockerhub::kFindings) {
    CHECK(std::string(kind->code).rfind("dockerhub.", 0) == 0);
    CHECK(codes.insert(kind->code).second);
  }
}
