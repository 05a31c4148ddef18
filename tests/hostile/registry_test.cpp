// Malicious registries and token services that try to get credentials, a token for another
// repository, or time.
#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "field/uploads/memory_registry.hpp"
#include "oci/hasher.hpp"
#include "push/registry_destination.hpp"
#include "support/berth.hpp"
#include "unit/flavor/plugin_fixture.hpp"
#include "unit/registry/registry_test.hpp"

using namespace berth;
using std::chrono::milliseconds;
using test::http_answer;
using test::MemoryRegistry;
using test::Received;
using test::Scripted;
using test::ScriptedServer;
using test::TestRegistryClient;

namespace {

const std::string kLogin = "alice:open sesame";

std::string bearer(const std::string& realm, const std::string& more = {}) {
  return "WWW-Authenticate: Bearer realm=\"" + realm + "\",service=\"s\"" + more + "\r\n";
}

// Whether any part of the request contains the password or an identity token.
bool shows_login(const Received& request) {
  std::string all = request.target + request.body;
  for (const auto& [name, value] : request.headers) all += value;
  for (const auto& secret :
       {std::string("sesame"), base::base64_encode(kLogin), std::string("identity-secret")})
    if (all.find(secret) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE(
    "registry: a realm at another port of a plain HTTP host gets no credentials and no request") {
  ScriptedServer elsewhere(
      [](const Received&) { return Scripted{http_answer(200, R"({"token":"t"})")}; });
  const auto realm = "http://" + elsewhere.host() + "/token";
  ScriptedServer registry(
      [&](const Received&) { return Scripted{http_answer(401, "", bearer(realm))}; });
  const auto host = registry.host();
  const auto layout = [](const test::TempDir& directory) {
    test::write_layout(directory, "img", "1", {"one"});
    return "oci:" + (directory / "img");
  };
  for (const std::string& entry : {R"({"auth":")" + base::base64_encode(kLogin) + "\"}",
                                   std::string(R"({"identitytoken":"identity-secret"})")}) {
    const test::Berth berth;
    const test::TempDir directory;
    berth.home().write("docker/config.json", R"({"auths":{")" + host + "\":" + entry + "}}");
    for (const std::string command : {"push", "check"}) {
      const auto result = berth.run({command, layout(directory), host + "/a/b:1"});
      CHECK(result.status == 4);
      CHECK(result.err.find("is not allowed to receive the credentials") != std::string::npos);
    }
  }
  CHECK(elsewhere.connections() == 0);
  for (const auto& request : registry.received()) CHECK_FALSE(shows_login(request));
}

TEST_CASE("registry: the exchange of an identity token is not redirected") {
  ScriptedServer elsewhere(
      [](const Received&) { return Scripted{http_answer(200, R"({"token":"t"})")}; });
  ScriptedServer registry([&](const Received& request) {
    if (!request.target.starts_with("/token"))
      return Scripted{http_answer(401, "", bearer("/token"))};
    return Scripted{http_answer(307, "", "Location: " + elsewhere.url("/token") + "\r\n")};
  });
  const auto host = registry.host();
  TestRegistryClient test(registry,
                          R"({"auths":{")" + host + R"(":{"identitytoken":"identity-secret"}}})");
  CHECK_FALSE(test.client.manifests().fetch("a/b", "1").has_value());
  CHECK(elsewhere.connections() == 0);
}

TEST_CASE("registry: a challenge that names other repositories gives no plugin a token for them") {
  const struct {
    std::string question;
    std::string scope;  // of the challenge
  } cases[] = {
      {"get /closed", "repository:secret/app:pull"},
      {"get /closed", "repository:secret/app:pull repository:acme/app:pull,push"},
      {"get /closed", "registry:catalog:*"},
      {"get /closed", "repository:acme2/app:pull"},
      {"get /v2/acme/app/tags/list repository:acme/app:pull", "repository:acme/app:*"},
      {"get /v2/acme/app/tags/list repository:acme/app:pull", "repository:secret/app:pull"},
      {"granted pull", "repository:secret/app:pull,push"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.question);
    CAPTURE(one.scope);
    std::vector<std::string> exchanges;
    ScriptedServer registry([&](const Received& request) {
      if (request.target.starts_with("/token")) {
        exchanges.push_back(request.target);
        return Scripted{
            http_answer(200, R"({"token":"t)" + std::to_string(exchanges.size()) + "\"}")};
      }
      return Scripted{http_answer(
          401, "{}",
          bearer("/token", ",error=\"insufficient_scope\",scope=\"" + one.scope + "\""))};
    });
    TestRegistryClient test(registry, test::config_for(registry.host()));
    test::PluginRun run;
    auto plugin = run.start_with("asker", {{"ask", one.question}});
    REQUIRE(plugin.has_value());
    flavor::Services services;
    services.session = &test.client;
    flavor::ImageView image;
    image.reference = "localhost:5000/acme/app:1";
    image.repository = "app";
    image.full_repository = "acme/app";
    image.tag = "1";
    static_cast<void>(plugin->prepare(image, services));
    CHECK_FALSE(exchanges.empty());
    for (const auto& exchange : exchanges) {
      CAPTURE(exchange);
      for (const auto* foreign : {"secret", "catalog", "acme2", "push", "%2A"})
        CHECK(exchange.find(foreign) == std::string::npos);
    }
  }
}

namespace {

// One byte now and then, for as long as the peer listens.
Scripted trickled(const std::string& begin, const std::string& drop) {
  return {
      .answer = begin, .delay = milliseconds(15), .later = std::vector<std::string>(4000, drop)};
}

Scripted trickled_headers() { return trickled("HTTP/1.1 200 OK\r\nX-Header: ", "a"); }
Scripted trickled_body() {
  return trickled("HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", "a");
}
Scripted trickled_interim() {
  return trickled("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n");
}

// A client and a repository, with a window of 150 ms instead of 60 s.
struct Hurried {
  explicit Hurried(const std::string& host)
      : credentials({host, "a/b"}),
        client({host, false, options(), "pull,push"}, with_login(), cancellation, log),
        destination(push::registry_destination(client, "a/b", {}, cancellation, log)) {}
  static http::ClientOptions options() {
    auto options = test::quick_options();
    options.limits.attempts = 5;
    options.limits.idle = milliseconds(150);
    options.limits.answer = milliseconds(600);
    return options;
  }
  registry::CredentialChain& with_login() {
    credentials.add_explicit(std::make_unique<registry::ExplicitCredential>(
        "alice", base::Secret("open sesame"), "the test"));
    return credentials;
  }
  base::Cancellation cancellation;
  base::SilentLog log;
  registry::CredentialChain credentials;
  registry::RegistryClient client;
  std::unique_ptr<push::Destination> destination;
};

std::string code_of(const base::Error& error) { return error.code(); }

// Requests as for a real image: a large and a small blob, and a manifest.
std::string push_some(Hurried& hurried, const std::string& bytes) {
  http::MemorySource source(bytes);
  const auto put = hurried.destination->put_blob({oci::digest_of(bytes), bytes.size()}, source);
  if (!put) return code_of(put.error());
  const std::string manifest = R"({"schemaVersion":2})";
  const image::ReadyManifest ready{manifest, "text/type", oci::digest_of(manifest), std::nullopt};
  const auto stored = hurried.destination->put_manifest(ready, nullptr);
  if (!stored) return code_of(stored.error());
  const auto found = hurried.destination->resolve("1", push::Lookup::whole);
  return found ? "" : code_of(found.error());
}

}  // namespace

TEST_CASE("registry: a slow response costs a bounded time, whatever the request") {
  const std::string large = test::noise(std::size_t{1} << 20U, 1);
  const std::vector<std::string> kinds{"token", "mount",    "open", "patch",
                                       "put",   "manifest", "other"};
  const std::vector<Scripted> ways{trickled_headers(), trickled_body(), trickled_interim()};
  for (std::size_t way = 0; way < ways.size(); ++way) {
    for (const auto& kind : kinds) {
      // Interim responses do not extend the response timeout, which is 30 s for the commit of an
      // upload.
      if (way == 2 && kind != "token" && kind != "manifest" && kind != "other") continue;
      CAPTURE(way);
      CAPTURE(kind);
      int trickling = 0;
      MemoryRegistry registry(
          [&](const Received& request, const std::string& of, int) -> std::optional<Scripted> {
            const bool exchange = request.target.starts_with("/token");
            if ((exchange ? "token" : of) == kind && !(exchange && kind == "other")) {
              ++trickling;
              return ways[way];
            }
            if (exchange) return Scripted{http_answer(200, R"({"token":"t"})")};
            if (of == "mount" && kind == "open") return Scripted{http_answer(405)};
            if (request.header("authorization").empty() && kind == "token")
              return Scripted{http_answer(401, "", bearer("/token"))};
            return std::nullopt;
          });
      Hurried hurried(registry.server().host());
      const auto begin = std::chrono::steady_clock::now();
      const auto code = push_some(hurried, large);
      const auto took = std::chrono::steady_clock::now() - begin;
      if (kind != "mount") CHECK(code == "http.stall");
      CHECK(trickling >= 1);
      CHECK(trickling <= 2);  // a timeout is retried once, and not within another retry
      CHECK(took < std::chrono::seconds(8));
    }
  }
}
