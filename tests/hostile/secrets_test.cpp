// The environment of the programs that berth starts contains none of the secrets in berth's own
// environment.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "support/berth.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using test::Berth;

namespace {

// Distinctive, and in no form that is redacted.
constexpr const char* kPassword = "correct horse battery";
const std::string kAuthConfig = R"({"auths":{"r.example":{"username":"u","password":"staple"}}})";

test::CommandOptions with_secrets(const Berth& berth) {
  test::CommandOptions options;
  options.environment = {{"BERTH_PASSWORD", kPassword},
                         {"DOCKER_AUTH_CONFIG", kAuthConfig},
                         {"PATH", berth.home().path() + ":/usr/bin:/bin"},
                         {"CANARY", "sings"}};
  return options;
}

void check_clean(const std::string& environment) {
  REQUIRE(environment.find("CANARY=sings") != std::string::npos);
  for (const char* secret : {"BERTH_PASSWORD", "DOCKER_AUTH_CONFIG", "horse", "staple"}) {
    CAPTURE(secret);
    CHECK(environment.find(secret) == std::string::npos);
  }
}

// Writes its environment, and that of its ancestors, to a file.
void write_program(const Berth& berth, const std::string& name) {
  const auto program = berth.home().write(
      name, "#!/bin/sh\nenv > " + (berth.home() / "env") + "\ncat /proc/$PPID/environ >> " +
                (berth.home() / "env") +
                " 2> /dev/null\np=$PPID\nwhile [ \"$p\" -gt 1 ]; do if [ \"$(readlink "
                "/proc/$p/exe)\" = " +
                test::berth_program() + " ]; then cat /proc/$p/environ >> " +
                (berth.home() / "env") +
                " 2> /dev/null; fi; p=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$p/status); done\n"
                "echo '{\"ServerURL\":\"x\",\"Username\":\"me\",\"Secret\":\"s\"}'\n");
  REQUIRE(::chmod(program.c_str(), 0755) == 0);
}

test::Handler private_registry() {
  return [](const test::Received&) {
    return test::Scripted{test::http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")};
  };
}

}  // namespace

TEST_CASE("secrets: credential helpers receive none of berth's own secrets") {
  const Berth berth;
  test::ScriptedServer registry(private_registry());
  write_program(berth, "docker-credential-look");
  berth.home().write("docker/config.json", R"({"credsStore":"look"})");
  const auto checked = berth.run({"check", "127.0.0.1:" + std::to_string(registry.port()) + "/app"},
                                 with_secrets(berth));
  CHECK(checked.status == 4);
  check_clean(test::slurp(berth.home() / "env"));
}

TEST_CASE("secrets: BERTH_PASSWORD and DOCKER_AUTH_CONFIG still work") {
  const Berth berth;
  test::ScriptedServer registry(private_registry());
  const auto host = "127.0.0.1:" + std::to_string(registry.port());
  auto options = with_secrets(berth);
  CHECK(berth.run({"check", host + "/app", "--username", "me"}, options).err.find("rejected") !=
        std::string::npos);
  // The base64 of "me:correct horse battery".
  CHECK(registry.received().back().header("authorization") ==
        "Basic bWU6Y29ycmVjdCBob3JzZSBiYXR0ZXJ5");
  options.environment[1].second = R"({"auths":{")" + host + R"(":{"auth":"dTpz"}}})";
  CHECK(berth.run({"check", host + "/app"}, options).status == 4);
  CHECK(registry.received().back().header("authorization") == "Basic dTpz");
}

TEST_CASE("secrets: a plugin and the programs that it runs receive none of berth's own secrets") {
  const Berth berth;
  const std::string plugin = std::string(BERTH_TEST_PLUGINS) + "/tools.so";
  REQUIRE(berth.run({"flavor", "register", "--yes", plugin}).status == 0);
  const auto run = [&](const std::string& what, const std::string& with) {
    return berth.run({"check", "--offline", "localhost:1/app", "--flavor", "tools", "--set",
                      "what=" + what, "--set", "with=" + with, "-o", "json"},
                     with_secrets(berth));
  };
  const auto printed = run("exec", "cat /proc/self/environ");
  CHECK_MESSAGE(printed.status == 0, printed.out);
  check_clean(printed.out);
}
