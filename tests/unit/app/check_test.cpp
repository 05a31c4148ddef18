// The use case check, without a process.
#include "app/check.hpp"

#include <doctest/doctest.h>

#include "app/app_fixture.hpp"
#include "app/memory_registry.hpp"

using namespace berth;
using test::http_answer;
using test::MemoryRegistry;
using test::ScriptedServer;
using test::TestApp;

TEST_CASE("app check: checks a destination without a source") {
  TestApp process;
  MemoryRegistry registry;
  const auto report =
      app::check(process.app, {.destination = registry.host() + "/app"}, process.events);
  REQUIRE(report.has_value());
  CHECK_FALSE(report->destination.error.has_value());
  CHECK(report->problems() == 0);
  CHECK(report->destination.resolved->reference == registry.host() + "/app:latest");
  CHECK(report->destination.resolved->default_tag);
  CHECK(process.events.references == std::vector<std::string>{registry.host() + "/app:latest"});
}

TEST_CASE(
    "app check: a registry that requires authentication fails, and the report holds the "
    "destination") {
  TestApp process;
  ScriptedServer server([](const auto&) {
    return test::Scripted{http_answer(401, "", "WWW-Authenticate: Basic realm=\"x\"\r\n")};
  });
  const auto report =
      app::check(process.app, {.destination = server.host() + "/app:1"}, process.events);
  REQUIRE(report.has_value());
  REQUIRE(report->destination.error.has_value());
  CHECK(report->destination.error->error_class() == base::ErrorClass::auth);
  CHECK(report->destination.reference() == server.host() + "/app:1");
  CHECK(process.events.failures.size() == 1);
}

TEST_CASE("app check: findings of severity error are counted, also offline") {
  TestApp process;
  test::write_layout(process.home, "img", "1", {test::noise(5'000, 1)});
  const std::string uri = "oci:" + (process.home / "shelf");
  app::CheckRequest request{.source = "oci:" + (process.home / "img"),
                            .destination = "Team/App:1",
                            .target = {.flavor = "layout", .uri = uri},
                            .offline = true};
  const auto invalid = app::check(process.app, request, process.events);
  REQUIRE(invalid.has_value());
  CHECK(invalid->destination.error.has_value());
  CHECK_FALSE(invalid->destination.resolved.has_value());
  request.destination = "team/app:1";
  const auto valid = app::check(process.app, request, process.events);
  REQUIRE(valid.has_value());
  CHECK_FALSE(valid->destination.error.has_value());
  CHECK(valid->problems() == 0);
}

TEST_CASE("app check: offline makes no connection") {
  TestApp process;
  MemoryRegistry registry;
  const auto report = app::check(
      process.app, {.destination = registry.host() + "/app:1", .offline = true}, process.events);
  REQUIRE(report.has_value());
  CHECK_FALSE(report->destination.error.has_value());
  CHECK(registry.server.received().empty());
  const auto daemon = app::check(
      process.app,
      {.source = "docker-daemon:app:1", .destination = registry.host() + "/app:1", .offline = true},
      process.events);
  REQUIRE(daemon.has_value());
  CHECK(daemon->destination.error->code() == "usage.offline");
}
