// The service explanations/1: a plugin's addition to an error, and that its failure loses no
// information.
#include <doctest/doctest.h>

#include "unit/flavor/plugin_fixture.hpp"

using namespace berth;
using namespace berth::test;

namespace {

base::Error refusal() {
  return base::Error(base::ErrorClass::denied, "push.blob-denied", "bob may not push to acme/app")
      .cause("token of bob")
      .registry("403 DENIED: not \x1b[31myours")
      .fix("another login");
}

base::Error explained(PluginRun& run, const std::string& what, base::Error error = refusal()) {
  auto plugin = run.start("explainer", what).value();
  return plugin.explained(std::move(error), "acme/app");
}

}  // namespace

TEST_CASE(
    "explained error: uses the plugin's cause and fix, escaped; keeps class, code and registry "
    "message") {
  PluginRun run;
  const auto error = explained(run, "all");
  CHECK(error.error_class() == base::ErrorClass::denied);
  CHECK(error.code() == "push.blob-denied");
  CHECK(error.message() == "push.blob-denied in acme/app: 403 DENIED: not \\x1b[31myours");
  CHECK(error.cause() == "bob may not push to acme/app; token of bob");
  CHECK(error.registry() == "403 DENIED: not \x1b[31myours");
  CHECK(error.fix() == "do \\x1b[31mthis");

  const auto without_fix = explained(run, "cause");
  CHECK(without_fix.message() == "only \\x1b[31mthis");
  CHECK(without_fix.cause() == "bob may not push to acme/app; token of bob");
  CHECK(without_fix.fix() == "another login");
}

TEST_CASE("explained error: unchanged if the plugin has no explanation or fails") {
  PluginRun run;
  for (const char* what : {"nothing", "throw", "crash", "report"}) {
    CAPTURE(what);
    const auto error = explained(run, what);
    CHECK(error.code() == "push.blob-denied");
    CHECK(error.cause() == "token of bob");
    CHECK(error.fix() == "another login");
  }
  CHECK(run.log.has("explanation failed"));
  const auto silent =
      explained(run, "all",
                base::Error(base::ErrorClass::network, "http.lost", "the connection was lost")
                    .cause("reset"));
  CHECK(silent.cause() == "reset");
  auto other = run.start("liar").value();
  CHECK(other.explained(refusal(), "acme/app").cause() == "token of bob");
}
