// The flavor dockerhub: names and the account of pulls.
#include <doctest/doctest.h>

#include <set>

#include "dockerhub/findings.hpp"
#include "dockerhub/hub_name.hpp"
#include "dockerhub/rate_limit.hpp"

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

TEST_CASE("dockerhub: every kind of finding has a code of its own") {
  std::set<std::string> codes;
  for (const auto* kind : dockerhub::kFindings) {
    CHECK(std::string(kind->code).rfind("dockerhub.", 0) == 0);
    CHECK(codes.insert(kind->code).second);
  }
}
