// The use cases login and logout, without a process.
#include "app/login.hpp"

#include <doctest/doctest.h>

#include "app/app_fixture.hpp"
#include "app/network_options.hpp"
#include "support/images.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using test::http_answer;
using test::ScriptedServer;
using test::TestApp;

namespace {

// Accepts the user u with the password p.
test::Scripted with_basic_auth(const test::Received& request) {
  if (request.header("authorization") == "Basic dTpw") return {http_answer(200)};
  return {http_answer(401, "", "WWW-Authenticate: Basic realm=\"x\"\r\n")};
}

app::NetworkOptions credentials(const std::string& password) {
  app::NetworkOptions network;
  network.username = "u";
  network.password = base::Secret(std::string(password));
  network.password_from = "a test";
  return network;
}

}  // namespace

TEST_CASE("app login: stores credentials that the registry accepts, and no others") {
  TestApp process;
  ScriptedServer server(with_basic_auth);
  const auto host = app::find_login_host(process.app, server.host(), process.events);
  REQUIRE(host.has_value());
  const auto rejected = app::login(process.app, *host, credentials("wrong"), process.events);
  REQUIRE_FALSE(rejected.has_value());
  CHECK(rejected.error().error_class() == base::ErrorClass::auth);
  CHECK(app::logout(process.app, server.host(), process.events).error().code() == "login.none");
  const auto report = app::login(process.app, *host, credentials("p"), process.events);
  REQUIRE(report.has_value());
  CHECK(report->stored_in == process.home / "docker/config.json");
  CHECK(test::slurp(process.home / "docker/config.json").find(server.host()) != std::string::npos);
  CHECK(process.events.warnings.empty());
  CHECK(app::logout(process.app, server.host(), process.events).has_value());
  CHECK(test::slurp(process.home / "docker/config.json").find(server.host()) == std::string::npos);
}

TEST_CASE("app login: warns of a registry that verifies nothing") {
  TestApp process;
  ScriptedServer server([](const auto&) { return test::Scripted{http_answer(200)}; });
  const auto host = app::find_login_host(process.app, server.host(), process.events);
  REQUIRE(host.has_value());
  REQUIRE(app::login(process.app, *host, credentials("p"), process.events).has_value());
  CHECK(process.events.warnings.size() == 1);
}

TEST_CASE("app login: needs a host and a directory for the credentials") {
  TestApp process;
  CHECK(app::find_login_host(process.app, "oci:/srv/shelf", process.events).error().code() ==
        "login.layout");
  process.app.paths.docker_config.clear();
  CHECK(app::credential_file(process.app).error().code() == "usage.no-home");
}
