// HTTP requests of a plugin: allowed hosts and addresses, and limits.
#include <doctest/doctest.h>

#include "channel/protocol.hpp"
#include "flavor/system_services.hpp"
#include "support/scripted_server.hpp"
#include "unit/flavor/plugin_fixture.hpp"

using namespace berth;
using namespace berth::test;
using base::Json;
using flavor::PermissionPolicy;
using http::AddressKind;

namespace {

flavor::Variables one_variable(const std::string& name, const std::string& value) {
  return [=](std::string_view asked) -> std::optional<std::string> {
    return asked == name ? std::optional(value) : std::nullopt;
  };
}

using Headers = std::vector<channel::HttpHeader>;

channel::SendHttp::Request ask(const std::string& method, const std::string& url,
                               Headers headers = {}, bool repeatable = false) {
  channel::SendHttp::Request batch;
  batch.requests.push_back({.method = method,
                            .url = url,
                            .headers = std::move(headers),
                            .timeout_ms = 5000,
                            .repeatable = repeatable});
  return batch;
}

// The services of a flavor with one permission, or several.
struct Tools {
  base::Cancellation never;
  KeptLog log;
  flavor::SystemServices services;
  explicit Tools(const std::string& permission, flavor::Variables variables = one_variable("", ""))
      : services(metadata({permission}), std::move(variables), {}, never, log) {}
  explicit Tools(std::vector<std::string> permissions)
      : services(metadata(std::move(permissions)), one_variable("", ""), {}, never, log) {}
  static flavor::Metadata metadata(std::vector<std::string> permissions) {
    flavor::Metadata metadata;
    metadata.flavor = "acme";
    metadata.permissions = std::move(permissions);
    return metadata;
  }
  // "200", "0 (error)", or the error's code.
  std::string send(const channel::SendHttp::Request& batch) {
    const auto sent = services.handle(channel::SendHttp::kInfo.method, channel::encode(batch));
    if (!sent) return sent.error().code();
    const auto response =
        channel::decode<channel::SendHttp::Response>(sent->value()).value().responses.at(0);
    return response.status != 0 ? std::to_string(response.status) : "0 (" + response.error + ")";
  }
};

}  // namespace

TEST_CASE("permission policy: allows hosts and patterns, and checks their resolved addresses") {
  const PermissionPolicy permits(
      "acme",
      {"http:api.acme.example", "http:*.acme.example:8443", "http:http://169.254.169.254",
       "http:http://127.0.0.1:80", "http:$ACME_URL|other.example"},
      one_variable("ACME_URL", "http://localhost:4566/path"));
  const auto kinds = [&](const std::string& url) {
    const auto rule = permits.call(url);
    if (!rule) return rule.error().code();
    std::string text;
    for (const auto& [kind, letter] : {std::pair(AddressKind::global, 'g'),
                                       {AddressKind::private_network, 'p'},
                                       {AddressKind::loopback, 'l'},
                                       {AddressKind::link_local, 'k'},
                                       {AddressKind::metadata, 'm'}})
      if (rule->allows(kind)) text += letter;
    return text;
  };
  CHECK(kinds("https://api.acme.example/x?y") == "gp");
  CHECK(kinds("https://API.acme.example:443/") == "gp");
  CHECK(kinds("https://a.b.acme.example:8443/") == "gp");
  CHECK(kinds("http://169.254.169.254/latest") == "gpm");
  CHECK(kinds("http://127.0.0.1/") == "gpl");
  CHECK(kinds("http://localhost:4566/") == "gplkm");
  for (const std::string url :
       {"http://api.acme.example/", "https://api.acme.example:8443.evil/",
        "https://acme.example:8443/", "https://xacme.example:8443/", "https://a.acme.example/",
        "http://127.0.0.1:8080/", "https://127.0.0.1/", "https://localhost:4566/",
        "https://other.example/", "https://user@api.acme.example/", "ftp://api.acme.example/", "",
        "https://"}) {
    CAPTURE(url);
    const auto code = kinds(url);
    CHECK((code == "flavor.denied" || code == "http.url"));
  }
}

TEST_CASE("permission policy: allows a host without TLS that a variable names") {
  const PermissionPolicy permits("acme", {"http:http://$ACME_HOST"},
                                 one_variable("ACME_HOST", "127.0.0.1:4566"));
  const auto rule = permits.call("http://127.0.0.1:4566/x");
  REQUIRE(rule);
  CHECK(rule->allows(AddressKind::loopback));
  CHECK_FALSE(permits.call("https://127.0.0.1:4566/x"));
  CHECK_FALSE(permits.call("http://127.0.0.1/x"));
}

TEST_CASE("permission policy: sends credentials only to a declared host with TLS") {
  const PermissionPolicy permits("acme", {"credentials:api.acme.example", "http:other.example"},
                                 one_variable("", ""));
  CHECK(permits.send_credentials("https://api.acme.example/token"));
  for (const char* url : {"http://api.acme.example/token", "https://api.acme.example:8443/",
                          "https://other.example/", "https://api.acme.example.evil/"}) {
    CAPTURE(url);
    const auto sent = permits.send_credentials(url);
    REQUIRE_FALSE(sent);
    CHECK(sent.error().code() == "flavor.denied");
  }
  CHECK_FALSE(permits.call("https://api.acme.example/"));  // requires a separate permission
}

TEST_CASE(
    "http service: replaces placeholders with the user's credentials, escaped for the content "
    "type") {
  const registry::Credential credential{R"(o"neil)", base::Secret(R"(a&b="{{berth:username}})"),
                                        "a file"};
  const auto filled = [&](const char* type, const char* body) {
    http::Request request;
    if (*type != 0) request.headers = {{"content-Type", type}};
    request.body = body;
    const auto result = flavor::fill_in_credential(request, credential);
    return result ? request.body : result.error().code();
  };
  CHECK(filled("application/json; charset=utf-8",
               R"({"u":"{{berth:username}}","p":"{{berth:password}}"})") ==
        R"({"u":"o\"neil","p":"a&b=\"{{berth:username}}"})");
  CHECK(filled("application/x-www-form-urlencoded", "p={{berth:password}}&u={{berth:username}}") ==
        "p=a%26b%3D%22%7B%7Bberth%3Ausername%7D%7D&u=o%22neil");
  CHECK(filled("application/json", "{}") == "{}");
  CHECK(filled("text/plain", "{{berth:password}}") == "plugin.question");
  CHECK(filled("", "{{berth:password}}") == "plugin.question");
  http::Request request;
  request.headers = {{"Content-Type", "application/json"}};
  const registry::Credential token{"", base::Secret("t"), "identity token",
                                   registry::Credential::Kind::identity_token};
  CHECK(flavor::fill_in_credential(request, token).error().code() == "auth.not-password");
  // JSON supports only UTF-8: another password would be sent.
  const registry::Credential latin{"u", base::Secret("caf\xe9"), "a file"};
  request.body = R"({"p":"{{berth:password}}"})";
  CHECK(flavor::fill_in_credential(request, latin).error().code() == "auth.not-text");
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  REQUIRE(flavor::fill_in_credential(request, latin));
  CHECK(request.body.find("caf%E9") != std::string::npos);
  CHECK(flavor::has_credential_placeholder("x{{berth:password}}y"));
  CHECK_FALSE(flavor::has_credential_placeholder("{{berth:token}}"));
}

TEST_CASE("http service: sends no credentials without permission, or in a call that has none") {
  ScriptedServer server({{http_answer(200, "echo")}});
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  const auto request = [](const std::string& url) {
    auto batch = ask("POST", url, {{"Content-Type", "application/json"}});
    batch.requests[0].body = R"("{{berth:password}}")";
    return batch;
  };
  Tools plain("http:http://" + host);
  CHECK(plain.send(request("http://" + host + "/")) == "flavor.denied");
  Tools tls({"http:" + host, "credentials:" + host});
  CHECK(tls.send(request("https://" + host + "/")) == "auth.required");
  CHECK(server.received().empty());
}

TEST_CASE("http service: sends the plugin's headers, and rejects those that the host sets") {
  ScriptedServer server({{http_answer(302, "moved", "Location: /elsewhere\r\n")}});
  Tools tools("http:http://" + ("127.0.0.1:" + std::to_string(server.port())));
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/a?b=c";
  CHECK(tools.send(ask("GET", url, {{"Authorization", "Bearer x"}, {"X-A", "b"}})) == "302");
  const auto seen = server.received();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].method == "GET");
  CHECK(seen[0].target == "/a?b=c");
  CHECK(seen[0].header("authorization") == "Bearer x");
  CHECK(seen[0].header("x-a") == "b");
  for (const char* header : {"Host", "content-length", "Transfer-Encoding", "Connection",
                             "Proxy-Authorization", "X-HTTP-Method-Override"})
    CHECK(tools.send(ask("GET", url, {{header, "x"}})) == "plugin.question");
  CHECK(tools.send(ask("TRACE", url)) == "plugin.question");
  CHECK(tools.send(ask("GET", "http://127.0.0.2/")) == "flavor.denied");
  CHECK(tools.send(ask("GET", url, {{"X-A", "b\r\nX-C: d"}})) == "plugin.question");
  CHECK(server.received().size() == 1);
}

TEST_CASE(
    "http service: retries requests that were not executed, or that are declared repeatable") {
  const std::string later = "Retry-After: 0\r\n";
  struct Case {
    const char* method;
    bool repeatable;
    Scripted first;
    const char* answer;
  };
  const Case cases[] = {{"POST", false, {http_answer(429, "", later)}, "200"},
                        {"POST", false, {http_answer(503, "", later)}, "200"},
                        {"POST", false, {http_answer(429)}, "429"},
                        {"POST", false, {http_answer(503)}, "503"},
                        {"POST", false, {http_answer(500, "", later)}, "500"},
                        {"POST", false, {"", true}, "0 ("},
                        {"POST", false, {http_answer(429, "", "Retry-After: 60\r\n")}, "429"},
                        {"POST", true, {"", true}, "200"},
                        {"POST", true, {http_answer(502)}, "200"},
                        {"PATCH", false, {"", true}, "0 ("},
                        {"PUT", false, {"", true}, "200"},
                        {"DELETE", false, {http_answer(500)}, "200"},
                        {"GET", false, {http_answer(429)}, "200"},
                        {"GET", false, {http_answer(404, "", later)}, "404"}};
  for (const auto& one : cases) {
    CAPTURE(one.method);
    CAPTURE(one.first.answer);
    ScriptedServer server({one.first, {http_answer(200)}});
    Tools tools("http:http://127.0.0.1:" + std::to_string(server.port()));
    const auto answer = tools.send(ask(one.method, server.url(), {}, one.repeatable));
    CHECK_MESSAGE(answer.find(one.answer) == 0, answer);
    CHECK(server.received().size() == (answer == "200" ? 2 : 1));
  }
}

TEST_CASE("http service: a response of more than 4 MiB is not passed to the plugin") {
  ScriptedServer server({{http_answer(200, std::string(std::size_t{3} << 20U, 'x'))},
                         {http_answer(200, std::string((std::size_t{4} << 20U) + 1, 'x'))}});
  Tools tools("http:http://127.0.0.1:" + std::to_string(server.port()));
  CHECK(tools.send(ask("POST", server.url())) == "200");
  const auto answer = tools.send(ask("POST", server.url()));
  CHECK_MESSAGE(answer.find("0 (") == 0, answer);
}

TEST_CASE("http service: a wildcard pattern never allows a loopback address") {
  ScriptedServer server({{http_answer(200, "secret")}});
  const std::string port = std::to_string(server.port());
  Tools tools("http:http://*.tools.localhost:" + port);
  const auto answer = tools.send(ask("GET", "http://a.tools.localhost:" + port + "/"));
  CHECK_MESSAGE(answer.find("0 (") == 0, answer);
  CHECK_MESSAGE(answer.find("loopback") != std::string::npos, answer);
  CHECK(server.received().empty());
}

TEST_CASE("http service: sends a batch in parallel and returns responses in order") {
  ScriptedServer one({{http_answer(200, "one", "X-Reply: a-\r\n")}});
  ScriptedServer other({{http_answer(404, "other")}});
  const std::string one_url = "http://localhost:" + std::to_string(one.port());
  const std::string other_url = "http://localhost:" + std::to_string(other.port());
  PluginRun run;
  run.options.variables = [&](std::string_view name) -> std::optional<std::string> {
    if (name == "TOOLS_URL") return one_url;
    return name == "TOOLS_OTHER" ? std::optional(other_url) : std::nullopt;
  };
  const auto candidate = flavor::inspect_plugin(plugin_path("tools")).value();
  const auto answer = [&](const std::string& urls) {
    auto plugin =
        flavor::Plugin::start(candidate, oci::RegistryUri::parse("localhost:5000").value(),
                              Json::object({{"what", "http"}, {"with", urls}}), run.options,
                              run.cancellation, run.log)
            .value();
    const auto findings = plugin.prepare(some_image(), {});
    return findings ? findings->at(0).message : findings.error().code();
  };
  CHECK(answer(one_url + "/x " + other_url + "/y") == "200:a-one;404:other;");
  const auto seen = one.received();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].method == "POST");
  CHECK(seen[0].body == "asked");
  CHECK(seen[0].header("x-tool") == "yes");
  CHECK(seen[0].header("authorization") == "Bearer t0ken");
  CHECK(answer(one_url + "/x https://elsewhere.example/") == "flavor.denied");
  CHECK(one.received().size() == 1);
  CHECK_FALSE(run.log.has("t0ken"));
}

TEST_CASE("http service: a plugin declares which of its requests are repeatable") {
  ScriptedServer server({{"", true}, {http_answer(200, "again")}, {"", true}});
  PluginRun run;
  run.options.variables = [&](std::string_view name) -> std::optional<std::string> {
    return name == "TOOLS_URL" ? std::optional("http://localhost:" + std::to_string(server.port()))
                               : std::nullopt;
  };
  auto plugin = [&](const char* what) {
    return flavor::Plugin::start(
               flavor::inspect_plugin(plugin_path("tools")).value(),
               oci::RegistryUri::parse("localhost:5000").value(),
               Json::object({{"what", what},
                             {"with", "http://localhost:" + std::to_string(server.port()) + "/"}}),
               run.options, run.cancellation, run.log)
        .value();
  };
  CHECK(plugin("http-repeatable").prepare(some_image(), {})->at(0).message == "200:again;");
  CHECK(plugin("http").prepare(some_image(), {})->at(0).message == "0:;");
  CHECK(server.received().size() == 3);
}
