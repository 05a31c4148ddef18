// The service credentials/1: a plugin's credentials, within a call and outside, and invalid ones.
#include <doctest/doctest.h>

#include <future>
#include <thread>

#include "flavor/credential_source.hpp"
#include "registry/registry_client.hpp"
#include "support/scripted_server.hpp"
#include "unit/flavor/plugin_fixture.hpp"

using namespace berth;
using namespace berth::test;
using flavor::ProvidedCredential;
using registry::Credential;

namespace {

const registry::CredentialRequest kQuestion{"localhost:5000", "acme/app"};

base::Result<ProvidedCredential> ask_once(PluginRun& run, const std::string& name,
                                          const std::string& what) {
  BERTH_TRY(auto plugin, run.start(name, what));
  return plugin.ask_for_credential(kQuestion, false);
}

// "user/secret", "reason: …", or the error's code.
std::string outcome_of(const base::Result<ProvidedCredential>& provided) {
  if (!provided) return provided.error().code();
  if (!provided->credential) return "reason: " + provided->reason;
  return provided->credential->username + "/" +
         std::string(provided->credential->password.reveal());
}

}  // namespace

TEST_CASE("credentials: returns a plugin's credentials and messages, escaped") {
  PluginRun run;
  auto plugin = run.start("provider", "count").value();
  CHECK(plugin.provides_credentials());
  const auto first = plugin.ask_for_credential(kQuestion, false).value();
  REQUIRE(first.credential);
  CHECK(first.credential->kind == Credential::Kind::password);
  CHECK(first.credential->username == "alice");
  CHECK(first.credential->password.reveal() == "open sesame1");
  CHECK(first.credential->source ==
        "password of alice, from flavor provider: environment PROVIDER_\\x1b[31mTOKEN");
  CHECK_FALSE(first.credential->renew_at);
  CHECK(run.log.has("asked 1 for localhost:5000/acme/app"));
  CHECK(outcome_of(plugin.ask_for_credential(kQuestion, true)) == "alice/open sesame2");
  CHECK(run.log.has("asked 2 for localhost:5000/acme/app, refused"));
  CHECK(plugin.ask_for_credential({"localhost:5000", "a", "bob"}, false).has_value());
  CHECK(run.log.has("asked 3 for localhost:5000/a of bob"));
  CHECK_FALSE(run.log.has("sesame"));
  CHECK(plugin.close());

  const auto token = ask_once(run, "provider", "identity-stale").value();
  CHECK(token.credential->kind == Credential::Kind::identity_token);
  CHECK(token.credential->source == "identity token, from flavor provider: the metadata server");
  CHECK(ask_once(run, "provider", "short").value().credential->renew_at);
  CHECK_FALSE(run.start("liar").value().provides_credentials());
}

TEST_CASE(
    "credentials: reports absent, broken, failing and invalid plugin credentials distinctly") {
  PluginRun run;
  const std::pair<const char*, const char*> cases[] = {
      {"none", "reason: PROVIDER_TOKEN is \\x1b[31mnot set"},
      {"broken", "auth.flavor"},
      {"throw", "plugin.failed"},
      {"crash", "plugin.ended"},
      {"push", "auth.flavor"},  // "this call may not push", which the flavor ignored
      {"registry", "alice/open sesame"},
      {"thread", "alice/open sesame"},
      {"report", "plugin.breach"},
      {"huge", "plugin.breach"},
      {"line-break", "plugin.bad-credential"},
      {"colon", "plugin.bad-credential"},
      {"no-user", "plugin.bad-credential"},
      {"empty", "plugin.bad-credential"},
      {"huge-user", "plugin.bad-credential"},
  };
  for (const auto& one : cases) {
    const std::string what = one.first;
    CAPTURE(what);
    CHECK(outcome_of(ask_once(run, "provider", what)) == one.second);
  }
  CHECK(ask_once(run, "provider", "broken").error().cause() ==
        "line 3 of ~/.provider is not a key");
  CHECK(ask_once(run, "provider", "broken").error().error_class() == base::ErrorClass::auth);
  CHECK_FALSE(run.log.has("logged on another thread"));
  run.options.call_limit = std::chrono::milliseconds(200);
  CHECK(outcome_of(ask_once(run, "provider", "hang")) == "plugin.hung");
  CHECK(no_child_left());
}

TEST_CASE("credentials: rejects violations of the C ABI") {
  PluginRun run;
  const std::pair<const char*, const char*> cases[] = {{"nothing", "plugin.breach"},
                                                       {"status", "plugin.failed"},
                                                       {"kind",
                                                        "reason: this version of berth does not "
                                                        "support its credentials of kind 77"},
                                                       {"size", "plugin.breach"},
                                                       {"far", "me/pass"},
                                                       {"past", "me/pass"},
                                                       {"incomplete", "plugin.breach"}};
  for (const auto& one : cases) {
    const std::string what = one.first;
    CAPTURE(what);
    CHECK(outcome_of(ask_once(run, "giver", what)) == one.second);
  }
  CHECK_FALSE(run.start("giver", "does-not").value().provides_credentials());
}

TEST_CASE("credentials: reports a broken source with its fix") {
  PluginRun run;
  const auto error = ask_once(run, "provider", "broken").error().clone();
  CHECK(error.error_class() == base::ErrorClass::auth);
  CHECK(error.cause() == "line 3 of ~/.provider is not a key");
  CHECK(error.fix() == "provider \\x1b[31mlogin");
}

TEST_CASE("credentials: a plugin recognises a rejection due to expiry, also during a push") {
  PluginRun run;
  const registry::Rejection expired{"auth.denied", "403 DENIED: it has expired", "acme/app"};
  auto plugin = run.start("provider", "expires").value();
  CHECK(plugin.recognises_expiry());
  CHECK(plugin.is_expired_credential(expired).value());
  CHECK(run.log.has("rejected: 403 DENIED: it has expired, auth.denied, acme/app"));
  CHECK_FALSE(plugin.is_expired_credential({"auth.denied", "403 DENIED: no", "acme/app"}).value());
  flavor::Services services;
  services.push = [&]() -> base::Result<push::Report> {
    CHECK(plugin.is_expired_credential(expired).value());
    return push::Report{some_digest(), {}, 0, 0};
  };
  CHECK(plugin.push(some_image(), services).has_value());
  // A plugin in C that was written before the function existed.
  auto older = run.start("giver", "kept").value();
  CHECK_FALSE(older.recognises_expiry());
  CHECK_FALSE(older.is_expired_credential(expired).value());
}

TEST_CASE("credentials: computes when an expiring credential is refreshed") {
  using namespace std::chrono;
  const system_clock::time_point now{seconds(1'000'000)};
  const steady_clock::time_point steady{};
  const auto after = [&](std::int64_t expires) {
    const auto when = flavor::renewal_time(expires, now, steady);
    return when ? duration_cast<milliseconds>(*when - steady).count() : -1;
  };
  CHECK(after(1'000'000 + 3'600) == 3'570'000);
  CHECK(after(1'000'000 + 2) == 1'000);
  CHECK(after(0) == -1);
  CHECK(after(1'000'000) == -1);
  CHECK(after(INT64_MAX) == -1);
  CHECK(after(INT64_MIN) == -1);
}

TEST_CASE("credentials: serializes requests of several threads during a push") {
  PluginRun run;
  auto plugin = run.start("provider", "count").value();
  flavor::Services services;
  services.push = [&]() -> base::Result<push::Report> {
    std::vector<std::thread> engine;
    std::atomic<int> good{0};
    for (int i = 0; i < 8; ++i)
      engine.emplace_back(
          [&] { good += plugin.ask_for_credential(kQuestion, false).has_value() ? 1 : 0; });
    for (auto& thread : engine) thread.join();
    CHECK(good == 8);
    return push::Report{some_digest(), {}, 0, 0};
  };
  const auto outcome = plugin.push(some_image(), services).value();
  CHECK(outcome.report);
  CHECK(run.log.has("asked 8 for"));
  CHECK(outcome_of(plugin.ask_for_credential(kQuestion, false)) == "alice/open sesame9");
  CHECK(plugin.close());
}

TEST_CASE("credentials: refuses the outer call's services during a push") {
  PluginRun run;
  flavor::Services services;
  auto kept = run.start("giver", "kept").value();
  int pushes = 0;
  services.push = [&]() -> base::Result<push::Report> {
    ++pushes;
    CHECK(outcome_of(kept.ask_for_credential(kQuestion, false)).find("reason: ") == 0);
    return push::Report{some_digest(), {}, 0, 0};
  };
  CHECK(kept.push(some_image(), services).has_value());
  CHECK(pushes == 1);
}

TEST_CASE("credentials: a fault during a push ends both calls and is reported as itself") {
  PluginRun run;
  flavor::Services services;
  for (const char* what : {"crash", "hang", "line-break"}) {
    CAPTURE(what);
    const bool hangs = std::string(what) == "hang";
    run.options.call_limit = hangs ? std::chrono::milliseconds(200) : kLong;
    auto plugin = run.start("provider", what).value();
    services.push = [&]() -> base::Result<push::Report> {
      return plugin.ask_for_credential(kQuestion, false).error().clone();
    };
    const auto pushed = plugin.push(some_image(), services);
    REQUIRE_FALSE(pushed);
    CHECK(pushed.error().error_class() == base::ErrorClass::plugin);
    const bool named = pushed.error().message().find("in credential") != std::string::npos;
    CHECK(named == (std::string(what) != "line-break"));
  }
  CHECK(no_child_left());
}

TEST_CASE("credentials: a plugin's request to its registry uses the plugin's own credential") {
  ScriptedServer server({{http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")},
                         {http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")},
                         {http_answer(200, "{}")},
                         {http_answer(200, "{}")}});
  PluginRun run;
  auto plugin = run.start("provider", "stale").value();
  registry::CredentialChain chain({server.host(), "acme/app"});
  chain.add_discovered(
      std::make_unique<flavor::PluginCredentials>(plugin, "provider", std::string()));
  registry::RegistryClient client({server.host(), false, {}, "pull"}, chain, run.cancellation,
                                  run.log);
  flavor::Services services;
  services.session = &client;
  CHECK(plugin.prepare(some_image(), services).has_value());
  CHECK(run.log.has("asked 1"));
  CHECK(run.log.has("asked 2 for " + server.host() + "/acme/app, refused"));
  CHECK_FALSE(run.log.has("asked 3"));
  CHECK(chain.describe_attempts() == "tried: flavor provider (user alice)");
}

TEST_CASE(
    "credentials: lists the plugin's reason among the tried sources; --username excludes other "
    "users") {
  PluginRun run;
  auto plugin = run.start("provider", "none").value();
  flavor::PluginCredentials none(plugin, "provider", {});
  CHECK_FALSE(none.find(kQuestion).value());
  CHECK(none.location() == "flavor provider: PROVIDER_TOKEN is \\x1b[31mnot set");
  auto other = run.start("provider").value();
  flavor::PluginCredentials of_bob(other, "provider", "bob");
  CHECK_FALSE(of_bob.find(kQuestion).value());
  CHECK(of_bob.location() == "flavor provider: its credentials are those of alice");
  flavor::PluginCredentials of_alice(other, "provider", "alice");
  CHECK(of_alice.find(kQuestion).value().has_value());
}
