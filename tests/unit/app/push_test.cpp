// The use case push, without a process.
#include "app/push.hpp"

#include <doctest/doctest.h>

#include "app/app_fixture.hpp"
#include "app/memory_registry.hpp"

using namespace berth;
using test::MemoryRegistry;
using test::TestApp;

namespace {

app::PushRequest request_for(TestApp& process, std::vector<std::string> destinations) {
  test::write_layout(process.home, "img", "1", {test::noise(5'000, 1), test::noise(7'000, 2)});
  return {.source = "oci:" + (process.home / "img"), .destinations = std::move(destinations)};
}

app::PushRequest to_layout(app::PushRequest request, const std::string& directory) {
  request.target = {.flavor = "layout", .uri = "oci:" + directory};
  return request;
}

}  // namespace

TEST_CASE("app push: into a layout, with digest file and events") {
  TestApp process;
  auto request = to_layout(request_for(process, {"team/app:1"}), process.home / "shelf");
  request.digest_file = process.home / "digest";
  const auto report = app::push(process.app, request, process.events);
  REQUIRE(report.has_value());
  REQUIRE(report->outcomes.size() == 1);
  const auto& outcome = report->outcomes.front();
  CHECK_FALSE(outcome.destination.error.has_value());
  REQUIRE(outcome.destination.resolved.has_value());
  CHECK(outcome.destination.resolved->reference ==
        "oci:" + (process.home / "shelf") + "/team/app:1");
  CHECK(outcome.destination.resolved->registry == std::nullopt);
  CHECK(outcome.destination.resolved->flavor == "layout");
  CHECK(outcome.destination.resolved->selection_reason == "--flavor layout");
  REQUIRE(outcome.pushed.has_value());
  CHECK_FALSE(outcome.pushed->report.unverified.has_value());
  CHECK(outcome.pushed->report.blobs.size() == 3);
  CHECK(test::slurp(process.home / "digest") == outcome.pushed->report.digest.str() + "\n");
  CHECK(process.events.blobs == 3);
  CHECK(process.events.pushes == 1);
  CHECK(process.events.failures.empty());
  CHECK(process.events.stages.front() == "reading " + request.source);
  // A second push finds all blobs.
  const auto again = app::push(process.app, request, process.events);
  REQUIRE(again.has_value());
  REQUIRE(again->outcomes.front().pushed.has_value());
  CHECK(again->outcomes.front().pushed->report.bytes_uploaded == 0);
}

TEST_CASE("app push: to a registry, verified") {
  TestApp process;
  MemoryRegistry registry;
  const auto request = request_for(process, {registry.host() + "/team/app:1"});
  const auto report = app::push(process.app, request, process.events);
  REQUIRE(report.has_value());
  const auto& outcome = report->outcomes.front();
  REQUIRE_MESSAGE(outcome.pushed.has_value(), outcome.destination.error->message());
  CHECK(registry.blobs == 3);
  CHECK(outcome.pushed->report.digest.str() ==
        test::sha256(registry.manifests.at("/v2/team/app/manifests/1")));
  CHECK(outcome.destination.resolved->flavor == "default");
  CHECK(process.events.references == std::vector<std::string>{registry.host() + "/team/app:1"});
}

TEST_CASE("app push: the outcome of a failure holds what was resolved") {
  TestApp process;
  MemoryRegistry registry;
  registry.denies_uploads = true;
  const auto request = request_for(process, {registry.host() + "/team/app:1"});
  const auto report = app::push(process.app, request, process.events);
  REQUIRE(report.has_value());
  REQUIRE(report->outcomes.size() == 1);
  const auto& outcome = report->outcomes.front();
  REQUIRE(outcome.destination.error.has_value());
  CHECK(outcome.destination.error->error_class() == base::ErrorClass::auth);
  CHECK(outcome.destination.reference() == registry.host() + "/team/app:1");
  CHECK_FALSE(outcome.pushed.has_value());
  REQUIRE(process.events.failures.size() == 1);
  CHECK(process.events.failures.front().starts_with(registry.host() + "/team/app:1 "));
}

TEST_CASE("app push: a destination that cannot be resolved is reported as typed") {
  TestApp process;
  MemoryRegistry registry;
  const auto request = request_for(process, {registry.host() + "/app:1", "nope/app:1"});
  const auto report = app::push(process.app, request, process.events);
  REQUIRE(report.has_value());
  REQUIRE(report->outcomes.size() == 1);
  CHECK(report->outcomes.front().destination.error->code() == "registry.unknown");
  CHECK_FALSE(report->outcomes.front().destination.resolved.has_value());
  CHECK(process.events.failures == std::vector<std::string>{"nope/app:1 registry.unknown"});
  CHECK(registry.server.received().empty());
}

TEST_CASE("app push: one of several destinations fails without affecting the others") {
  TestApp process;
  MemoryRegistry good;
  MemoryRegistry bad;
  bad.denies_uploads = true;
  const auto request = request_for(process, {bad.host() + "/app:1", good.host() + "/app:1"});
  const auto report = app::push(process.app, request, process.events);
  REQUIRE(report.has_value());
  REQUIRE(report->outcomes.size() == 2);
  CHECK(report->outcomes[0].destination.error.has_value());
  CHECK(report->outcomes[1].pushed.has_value());
  CHECK(good.manifests.count("/v2/app/manifests/1") == 1);
  CHECK(process.events.failures.size() == 1);
}

TEST_CASE("app push: the error of a missing source concerns all destinations") {
  TestApp process;
  MemoryRegistry registry;
  app::PushRequest request{.source = "oci:" + (process.home / "none"),
                           .destinations = {registry.host() + "/a:1", registry.host() + "/b:1"}};
  const auto of_both = app::push(process.app, request, process.events);
  REQUIRE_FALSE(of_both.has_value());
  CHECK(process.events.failures.empty());
  TestApp other;
  request.destinations.pop_back();
  const auto of_one = app::push(other.app, request, other.events);
  REQUIRE(of_one.has_value());
  CHECK(of_one->outcomes.front().destination.error->code() == of_both.error().code());
  CHECK(of_one->outcomes.front().destination.resolved->reference == registry.host() + "/a:1");
}

TEST_CASE("app push: a digest file that cannot be written undoes no push") {
  TestApp process;
  auto request = to_layout(request_for(process, {"app:1"}), process.home / "shelf");
  request.digest_file = "/dev/full";
  const auto report = app::push(process.app, request, process.events);
  REQUIRE(report.has_value());
  CHECK(report->outcomes.front().pushed.has_value());
  REQUIRE(report->digest_file_error.has_value());
  CHECK(report->digest_file_error->error_class() == base::ErrorClass::disk);
  request.digest_file = process.home / "img/index.json/digest";
  const auto refused = app::push(process.app, request, process.events);
  REQUIRE(refused.has_value());
  CHECK(refused->outcomes.front().destination.error->code() == "usage.file");
}

TEST_CASE("app push: a cancelled push reports the cancellation") {
  TestApp process;
  MemoryRegistry registry;
  process.cancellation.request(base::Cancellation::Reason::interrupt);
  const auto report =
      app::push(process.app, request_for(process, {registry.host() + "/app:1"}), process.events);
  REQUIRE(report.has_value());
  CHECK(report->outcomes.front().destination.error->error_class() == base::ErrorClass::interrupted);
}

TEST_CASE("app dry run: returns the plans, and uploads nothing") {
  TestApp process;
  MemoryRegistry registry;
  auto request = request_for(process, {registry.host() + "/a:1", registry.host() + "/b:1"});
  const auto outcomes = app::dry_run(process.app, request, process.events);
  REQUIRE(outcomes.has_value());
  REQUIRE(outcomes->size() == 2);
  for (const auto& outcome : *outcomes) {
    REQUIRE(outcome.planned.has_value());
    CHECK(outcome.planned->plan.blobs.size() == 3);
  }
  for (const auto& request : registry.server.received())
    CHECK((request.method == "HEAD" || request.method == "GET"));
  request.destinations = {registry.host() + "/a@sha256:" + std::string(64, 'a'),
                          registry.host() + "/b:1"};
  const auto failed = app::dry_run(process.app, request, process.events);
  REQUIRE(failed.has_value());
  REQUIRE(failed->size() == 1);
  CHECK(failed->front().destination.error->code() == "push.digest-mismatch");
}
