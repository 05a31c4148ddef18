// The service registry/1 beyond tags and blobs: requests of a plugin to its registry's own host.
#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "support/scripted_server.hpp"
#include "unit/flavor/plugin_fixture.hpp"
#include "unit/registry/registry_test.hpp"

using namespace berth;
using namespace berth::test;

namespace {

// A registry with tokens that grant pull and push, an upload session, and one page.
Scripted token_registry(const Received& request) {
  if (request.target.starts_with("/token"))
    return {http_answer(
        200,
        R"({"token":"e30.)" +
            base::base64_encode(
                R"({"access":[{"type":"repository","name":"acme/app","actions":["pull","push"]}]})") +
            R"(.x"})")};
  if (request.target == "/open") return {http_answer(200, "mine", "X-Left: 7\x1b\r\n")};
  if (request.header("authorization").empty())
    return {http_answer(401, "{}",
                        "WWW-Authenticate: Bearer realm=\"http://" + request.header("host") +
                            "/token\",service=\"s\"\r\n")};
  if (request.method == "POST")
    return {http_answer(202, "", "Location: /v2/acme/app/blobs/uploads/1\r\n")};
  if (request.method == "DELETE") return {http_answer(204)};
  if (request.target == "/closed") return {http_answer(200, "for members")};
  return {http_answer(request.target == "/v2/" ? 200 : 404, "{}")};
}

struct Asked {
  // The message of the only finding, or the error's code.
  std::string operator()(const std::string& question, bool probe = false) {
    PluginRun run;
    run.origin = origin;
    run.uri = uri;
    auto plugin = run.start_with("asker", {{"ask", question}});
    REQUIRE(plugin.has_value());
    flavor::Services services;
    services.session = &test.client;
    services.probe = probe;
    const auto findings = plugin->prepare(image, services);
    if (!findings) return findings.error().code();
    return findings->front().message;
  }
  flavor::Origin origin = flavor::Origin::registered;
  std::string uri = "localhost:5000/acme";
  flavor::ImageView image = some_image();
  ScriptedServer server{token_registry};
  TestRegistryClient test{server, config_for(server.host())};
};

}  // namespace

TEST_CASE("registry service: returns the granted actions of a token, and probes an upload") {
  Asked ask;
  CHECK(ask("granted pull,push") == "pull,push");
  CHECK(ask("granted pull,push!") == "plugin.question");
  CHECK(ask("!granted pull,push") == "check.may-create");
  CHECK(ask("!granted pull,push", true) == "pull,push");
  CHECK(ask("upload") == "check.may-create");  // whatever the plugin reports about it
  CHECK(ask("!upload") == "check.may-create");
  CHECK(ask("creates") == "may not create");
  CHECK(ask("creates", true) == "may create");
  CHECK(ask("upload", true) == "may push");
  const auto requests = lines(ask.server);
  CHECK(requests.back() == "DELETE /v2/acme/app/blobs/uploads/1");
}

TEST_CASE("registry service: returns the account in use without its secret") {
  Asked ask;
  const auto account = ask("account");
  CHECK(account.starts_with("[alice] password of alice, from "));
  CHECK(account.find("secret") == std::string::npos);
  CHECK(ask.server.received().size() <= 1);  // GET /v2/, the first request of every check

  ScriptedServer server(token_registry);
  TestRegistryClient anonymous(server, "{}");
  PluginRun run;
  auto plugin = run.start_with("asker", {{"ask", "account"}});
  REQUIRE(plugin.has_value());
  flavor::Services services;
  services.session = &anonymous.client;
  CHECK(plugin->prepare(some_image(), services).value().front().message == "no account");
}

TEST_CASE("registry service: ignores an unregistered plugin's report of side effects") {
  Asked ask;
  ask.origin = flavor::Origin::user;
  CHECK(ask("granted pull") == "pull,push");
  for (const char* actions : {"pull,push", "push", "*", "repository_create", "metadata_write"})
    CHECK(ask(std::string("granted ") + actions) == "check.may-create");
  CHECK(ask("upload") == "check.may-create");
  for (const auto& line : lines(ask.server)) CHECK_FALSE(line.starts_with("POST"));
}

TEST_CASE(
    "registry service: requests the registry's own paths with and without the user's credentials") {
  Asked ask;
  CHECK(ask("get /closed") == "200 [] [] [] for members");
  CHECK(ask("get /open").starts_with("200 [] [7\\x1b] [] mine"));
  CHECK(ask("head /closed") == "200 [] [] [] ");
  CHECK(ask("get /v2/acme/app/tags/list repository:acme/app:pull") == "404 [] [] [] {}");
  const auto challenge = ask("anonymous /v2/");
  CHECK(challenge.starts_with("401 [Bearer realm="));
}

TEST_CASE(
    "registry service: refuses other repositories, other hosts and non-normal paths before any "
    "request") {
  Asked ask;
  for (const char* question : {"get https://evil.example/",
                               "get closed",
                               "get /a\x7f",
                               "get /v2/other/app/tags/list",
                               "get /v2/acmes/tags/list",
                               "get /v2/acme/../other/tags/list",
                               "get /v2/acme/%2e%2e/other",
                               "get /v2/_catalog",
                               "get /x/../v2/other/app/tags/list",
                               "get //v2/other/app/tags/list",
                               "get /./v2/other/app/tags/list",
                               "get /%76%32/other/app/tags/list",
                               "get /%2e%2e/v2/other/app/tags/list",
                               "get /V2/other/app/tags/list",
                               "get /v2/acme/..%2fother/tags/list",
                               "get /v2/acme/..;/other/tags/list",
                               "get /v2\\other/app/tags/list",
                               "get /v2?n=1",
                               "get /closed repository:other/app:pull",
                               "get /closed registry:catalog:*"}) {
    CAPTURE(question);
    CHECK(ask(question) == "plugin.question");
  }
  // The first request of every check, and no other.
  for (const auto& received : ask.server.received()) CHECK(received.target == "/v2/");
}

TEST_CASE("registry service: supports a URI that names one repository") {
  Asked ask;
  ask.uri = "localhost:5000/acme/app";
  ask.image.repository = "";
  CHECK(ask("granted pull,push") == "pull,push");
  CHECK(ask("upload", true) == "may push");
  CHECK(ask("get /v2/acme/app/tags/list repository:acme/app:pull") == "404 [] [] [] {}");
  CHECK(ask("get /v2/acme/app/sub/tags/list repository:acme/app/sub:pull") == "404 [] [] [] {}");
  for (const char* question :
       {"get /v2/acme/tags/list", "get /v2/acme/app2/tags/list",
        "get /closed repository:acme/app2:pull", "get /closed repository:acme:pull",
        "get /closed repository:acme/app"}) {
    CAPTURE(question);
    const bool allowed = std::string(question) == "get /closed repository:acme/app";
    CHECK((ask(question) == "plugin.question") == !allowed);
  }
  // A URI without a path names no repository.
  ask.uri = "localhost:5000";
  CHECK(ask("granted pull,push") == "reference.repository");
}
