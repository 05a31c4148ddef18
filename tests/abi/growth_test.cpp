// A plugin of a later minor version in this host, and a plugin of today in a host of a later one:
// every struct of the later version has more fields.
#include <doctest/doctest.h>

#include "unit/flavor/plugin_fixture.hpp"

using namespace berth;
using namespace berth::test;

namespace {

const std::string kToolsToken = "TOOLS_TOKEN";

std::vector<std::pair<std::string, std::string>> with(const std::string& what,
                                                      const std::string& with) {
  return {{"what", what}, {"with", with}};
}

// The message of the finding that the plugin "tools" or "grown-tools" reports.
std::string result_of(PluginRun& run, const std::string& name, const std::string& what,
                      const std::string& argument) {
  auto plugin = run.start_with(name, with(what, argument));
  if (!plugin) return plugin.error().message() + ": " + plugin.error().cause();
  const auto findings = plugin->prepare(some_image(), {});
  if (!findings) return findings.error().message() + ": " + findings.error().cause();
  return findings->empty() ? "no finding" : findings->front().message;
}

void use_extensions(PluginRun& run, const std::string& provider, const std::string& explainer) {
  auto plugin = run.start_with(provider, {{"what", "expires"}, {"user", "alice"}}).value();
  CHECK(plugin.provides_credentials());
  const registry::CredentialRequest request{"localhost:5000", "acme/app", "alice"};
  const auto credential = plugin.ask_for_credential(request, true).value();
  REQUIRE(credential.credential);
  CHECK(credential.credential->username == "alice");
  CHECK(run.log.has("of alice"));  // the username, a field that was appended
  CHECK(plugin.is_expired_credential({"push.denied", "it has expired", "acme/app"}).value());
  auto explaining = run.start(explainer).value();
  const auto explained = explaining.explained(
      base::Error(base::ErrorClass::denied, "push.blob-denied", "denied").registry("DENIED: no"),
      "acme/app");
  CHECK(explained.cause() != "");
}

void use_services(PluginRun& run, const std::string& tools) {
  run.origin = flavor::Origin::registered;
  run.options.variables = [](std::string_view name) {
    return name == kToolsToken ? std::optional<std::string>("t0ken") : std::nullopt;
  };
  CHECK(result_of(run, tools, "env", kToolsToken) == "t0ken");
  CHECK(result_of(run, tools, "exec", "cat") == "0:from the flavor:");
  CHECK(result_of(run, tools, "sha256", "") ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(result_of(run, tools, "http", "http://localhost:1").find("permission") !=
        std::string::npos);
}

registry::BlobUploadRules rules_of(PluginRun& run, const std::string& name,
                                   const std::string& what) {
  return run.start(name, what).value().upload_rules();
}

}  // namespace

TEST_CASE("growth: a plugin of a later minor version runs in this host") {
  PluginRun run;
  use_extensions(run, "grown-provider", "grown-explainer");
  use_services(run, "grown-tools");
  CHECK(rules_of(run, "grown-ruler", "largest=65536 range").max_chunk_size == 65536);
  CHECK(rules_of(run, "grown-ruler", "largest=65536 range").verify_range);
  CHECK(rules_of(run, "grown-ruler", "no-length").allow_unknown_length == false);
  CHECK(rules_of(run, "grown-ruler", "").allow_unknown_length);
}

TEST_CASE("growth: a plugin of this version runs in a host of a later minor version") {
  PluginRun run;
  run.options.worker_program = BERTH_GROWN_WORKER;
  use_extensions(run, "provider", "explainer");
  use_services(run, "tools");
  CHECK(rules_of(run, "ruler", "monolithic").monolithic);
  CHECK(rules_of(run, "ruler", "").allow_unknown_length);
}

TEST_CASE("growth: neither host reads more of a plugin's structs than their size") {
  for (const char* worker : {BERTH_WORKER, BERTH_GROWN_WORKER}) {
    CAPTURE(worker);
    PluginRun run;
    run.options.worker_program = worker;
    run.origin = flavor::Origin::registered;
    auto plugin = run.start("edges").value();
    CHECK(plugin.upload_rules().max_chunk_size == 1 << 20);
    CHECK(plugin.recognises_expiry());
    const auto credential =
        plugin.ask_for_credential({"localhost:5000", "acme/app", ""}, false).value();
    REQUIRE(credential.credential);
    CHECK(credential.credential->username == "alice");
    CHECK(plugin.is_expired_credential({"auth.denied", "403", "acme/app"}).value());
    const auto findings = plugin.prepare(some_image(), {});
    REQUIRE_MESSAGE(findings, findings.error().cause());
    REQUIRE(findings->size() == 1);
    CHECK(findings->front().code == "edges.unanswered");
    CountedPush pushing;
    const auto services = pushing.services();
    CHECK(plugin.push(some_image(), services));
    const auto explained = plugin.explained(
        base::Error(base::ErrorClass::denied, "push.denied", "denied").registry("DENIED: no"),
        "acme/app");
    CHECK(explained.message().find("DENIED: no") != std::string::npos);
  }
}
