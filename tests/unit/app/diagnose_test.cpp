// The use case diagnose, without a process.
#include "app/diagnose.hpp"

#include <doctest/doctest.h>

#include "app/app_fixture.hpp"
#include "app/memory_registry.hpp"

using namespace berth;
using test::MemoryRegistry;
using test::TestApp;

TEST_CASE("app diagnose: each step of a registry without authentication") {
  TestApp process;
  MemoryRegistry registry;
  const auto diagnosis =
      app::diagnose(process.app, {.destination = registry.host() + "/app:1"}, process.events);
  REQUIRE(diagnosis.has_value());
  CHECK(diagnosis->reference == registry.host() + "/app:1");
  CHECK_FALSE(diagnosis->layout);
  REQUIRE(diagnosis->destination.facts.has_value());
  CHECK(diagnosis->destination.facts->flavor == "default");
  CHECK(diagnosis->worker.facts.has_value());
  REQUIRE(diagnosis->connection.facts.has_value());
  CHECK(diagnosis->connection.facts->port == registry.server.port());
  REQUIRE(diagnosis->tls.facts.has_value());
  CHECK_FALSE(diagnosis->tls.facts->enabled);
  REQUIRE(diagnosis->challenge.facts.has_value());
  CHECK(diagnosis->challenge.facts->methods.empty());
  REQUIRE(diagnosis->access.facts.has_value());
  CHECK_FALSE(diagnosis->access.facts->exists);
  CHECK_FALSE(diagnosis->upload.facts.has_value());  // only with probe
  CHECK(registry.blobs == 0);
}

TEST_CASE("app diagnose: ends at the step that fails") {
  TestApp process;
  const auto unknown = app::diagnose(process.app, {.destination = "nope/app:1"}, process.events);
  REQUIRE(unknown.has_value());
  REQUIRE(unknown->destination.error.has_value());
  CHECK(unknown->destination.error->code() == "registry.unknown");
  CHECK_FALSE(unknown->worker.facts.has_value());
  CHECK_FALSE(unknown->worker.error.has_value());
  const auto closed =
      app::diagnose(process.app, {.destination = "localhost:1/app:1"}, process.events);
  REQUIRE(closed.has_value());
  REQUIRE(closed->connection.error.has_value());
  CHECK(closed->connection.error->error_class() == base::ErrorClass::network);
  CHECK_FALSE(closed->tls.facts.has_value());
}

TEST_CASE("app diagnose: a layout needs only its directory") {
  TestApp process;
  const std::string shelf = process.home / "shelf";
  const auto diagnosis = app::diagnose(
      process.app, {.destination = "app:1", .target = {.flavor = "layout", .uri = "oci:" + shelf}},
      process.events);
  REQUIRE(diagnosis.has_value());
  CHECK(diagnosis->layout);
  REQUIRE(diagnosis->directory.facts.has_value());
  CHECK(diagnosis->directory.facts->path == shelf);
  CHECK(diagnosis->directory.facts->existing == process.home.path());
}

TEST_CASE("app diagnose: checks the machine, also without HOME") {
  TestApp process;
  process.app.paths.config.clear();
  process.app.paths.docker_config.clear();
  const auto diagnosis = app::diagnose_machine(process.app, process.events);
  REQUIRE(diagnosis.configuration.facts.has_value());
  CHECK_FALSE(diagnosis.configuration.facts->unavailable.empty());
  CHECK(diagnosis.configuration.facts->login_file.empty());
  CHECK(diagnosis.configuration.facts->file.empty());
  REQUIRE(diagnosis.flavors.facts.has_value());
  CHECK_FALSE(diagnosis.flavors.facts->in_use.empty());
  CHECK(diagnosis.worker.facts.has_value());
}
