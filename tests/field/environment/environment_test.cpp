// Credential files, environment variables, output files and proxies as public bug reports have
// them; see ../README.md.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/base64.hpp"
#include "base/json_parser.hpp"
#include "platform/unique_fd.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using test::Berth;
using test::TempDir;
using Variables = std::vector<std::pair<std::string, std::string>>;

namespace {

constexpr const char* kPassword = "open sesame";

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string auth_of(const std::string& username, const std::string& password) {
  return R"({"auth":")" + base::base64_encode(username + ":" + password) + "\"}";
}

struct PrivateRegistry {
  test::RealRegistry registry{{"alice", kPassword}};
  TempDir directory;
  std::string digest = test::write_layout(directory, "img", "1", {"one"});
  Berth berth;
  std::string host = registry.host();
  std::string good = auth_of("alice", kPassword);
  std::string bad = auth_of("mallory", "wrong");

  [[nodiscard]] test::CommandResult push(const std::string& repository,
                                         const Variables& variables = {},
                                         const std::vector<std::string>& more = {}) const {
    std::vector<std::string> line{"push", "-o", "json", "oci:" + (directory / "img"),
                                  host + "/" + repository + ":1"};
    line.insert(line.end(), more.begin(), more.end());
    test::CommandOptions options;
    options.environment = variables;
    return berth.run(line, options);
  }
  void write_config(const std::string& auths) const {
    berth.home().write("docker/config.json", "{\"auths\":{" + auths + "}}");
  }
};

std::string code_of(const test::CommandResult& result) {
  const auto document = base::parse_json(result.out, "out");
  const auto* error = document ? document->find("error") : nullptr;
  return error != nullptr ? error->string_or("code", "") : "";
}

}  // namespace

TEST_CASE("field: keys of config.json below the host are found, the longest first") {
  const PrivateRegistry place;
  auto key = [](const std::string& name, const std::string& entry) {
    return "\"" + name + "\":" + entry;
  };
  const std::string h = place.host;
  for (const std::string& auths :
       {key(h + "/team", place.good), key(h + "/team/app", place.good),
        key(h, place.bad) + "," + key(h + "/team", place.good),
        key("https://" + h + "/team/", place.good), key(h + "/v1/", place.good),
        key(h + "/team", place.bad) + "," + key(h + "/team/app", place.good),
        // docker compares only hosts
        key(h + "/another/project", place.good)}) {
    CAPTURE(auths);
    place.write_config(auths);
    const auto pushed = place.push("team/app");
    CHECK_MESSAGE(pushed.status == 0, pushed.err);
  }
}

TEST_CASE("field: an empty credential file is skipped, and login can write into it") {
  const PrivateRegistry place;
  place.write_config("\"" + place.host + "\":" + place.good);
  const auto empty = place.directory.write("auth.json", "");
  for (const char* text : {"", "\n", "\xEF\xBB\xBF", "{}", "null"}) {
    place.directory.write("auth.json", text);
    CHECK(place.push("a/b", {{"REGISTRY_AUTH_FILE", empty}}).status == 0);
  }
  place.berth.home().write("docker/config.json", "");
  test::CommandOptions options;
  options.input = std::string(kPassword) + "\n";
  CHECK(place.berth.run({"login", "--username", "alice", "--password-stdin", place.host}, options)
            .status == 0);
  CHECK(place.push("a/b").status == 0);
}

TEST_CASE("field: an invalid credential file is reported with file and entry") {
  const PrivateRegistry place;
  place.write_config("\"" + place.host + R"(":{"auth":"alice:secret"})");
  const auto failed = place.push("a/b");
  CHECK(failed.status == 4);
  CHECK(code_of(failed) == "auth.config");
  CHECK(mentions(failed.out, "docker/config.json"));
  CHECK(mentions(failed.out, place.host + "\\\": auth is not base64"));
}

TEST_CASE("field: login and logout change only their own entry") {
  const PrivateRegistry place;
  const std::string before =
      R"({"z":1e3,"auths":{"o.example":{"auth":"eDp5","n":1.0}},"plugins":{"x":[12345678901234567890,{"y":-0.50}]}})";
  const auto file = place.berth.home().write("docker/config.json", before);
  test::CommandOptions options;
  options.input = std::string(kPassword) + "\n";
  REQUIRE(place.berth.run({"login", "--username", "alice", "--password-stdin", place.host}, options)
              .status == 0);
  auto with_login = before;
  with_login.insert(with_login.find("},\"plugins"), ",\"" + place.host + "\":" + place.good);
  CHECK(test::slurp(file) == with_login);
  REQUIRE(place.berth.run({"logout", place.host}).status == 0);
  CHECK(test::slurp(file) == before);
}

TEST_CASE("field: without HOME, or with an empty one, everything that does not need it works") {
  const PrivateRegistry place;
  const std::string config = R"({"auths":{")" + place.host + "\":" + place.good + "}}";
  place.directory.write("a-file", "");
  for (const std::string& home :
       {std::string(), place.directory / "nonexistent", place.directory / "a-file"}) {
    CAPTURE(home);
    const Variables variables{
        {"HOME", home},          {"XDG_CONFIG_HOME", ""},        {"XDG_DATA_HOME", ""},
        {"XDG_RUNTIME_DIR", ""}, {"DOCKER_AUTH_CONFIG", config}, {"DOCKER_CONFIG", ""}};
    const auto pushed = place.push("a/b", variables);
    CHECK_MESSAGE(pushed.status == 0, pushed.err);
    test::CommandOptions options;
    options.environment = variables;
    CHECK(place.berth.run({"flavor", "list"}, options).status == 0);
    CHECK(place.berth.run({"check", place.host + "/a/b:2"}, options).status == 0);
  }
}

TEST_CASE(
    "field: --digest-file writes to pipes and links, and fails before the push where it cannot") {
  const PrivateRegistry place;
  place.write_config("\"" + place.host + "\":" + place.good);
  const auto pipe = place.directory / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const platform::UniqueFd reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  CHECK(place.push("a/b", {}, {"--digest-file", pipe}).status == 0);
  char buffer[200] = "";
  CHECK(::read(reader.get(), buffer, sizeof buffer - 1) > 0);
  CHECK(buffer == place.digest + "\n");
  struct stat status {};
  CHECK((::lstat(pipe.c_str(), &status) == 0 && S_ISFIFO(status.st_mode)));

  boost::filesystem::create_symlink(
      place.directory.write("real", "old, and longer than a digest is: " + place.digest),
      place.directory / "link");
  CHECK(place.push("a/b", {}, {"--digest-file", place.directory / "link"}).status == 0);
  CHECK(boost::filesystem::is_symlink(place.directory / "link"));
  CHECK(test::slurp(place.directory / "real") == place.digest + "\n");
  CHECK(place.push("a/b", {}, {"--digest-file", "/dev/null"}).status == 0);

  const auto early = place.push("never/pushed", {}, {"--digest-file", place.directory.path()});
  CHECK(early.status == 2);
  CHECK_FALSE(boost::filesystem::exists(place.registry.storage() +
                                        "/docker/registry/v2/repositories/never"));
}

TEST_CASE("field: a missing file that an option names is class usage") {
  const PrivateRegistry place;
  for (const auto& more : {std::vector<std::string>{"--ca-file", "/nonexistent/ca.pem"},
                           {"--flavor-path", "/nonexistent/flavors"},
                           {"--config-dir", place.directory / "img/oci-layout"},
                           {"--flavor", "default", "--set", "username=@/nonexistent/file"}}) {
    const auto failed = place.push("a/b", {}, more);
    CHECK_MESSAGE(failed.status == 2, failed.err);
    CHECK(mentions(failed.err, more[0] == "--flavor" ? "/nonexistent/file" : more[1]));
  }
}

TEST_CASE("field: an https:// proxy variable for a proxy that uses plain http is reported") {
  test::ScriptedServer proxy([](const test::Received&) {
    return test::Scripted{test::http_answer(403), true};
  });
  const PrivateRegistry place;
  test::CommandOptions options;
  const std::string address = "127.0.0.1:" + std::to_string(proxy.port());
  options.environment = {{"HTTPS_PROXY", "https://" + address}};
  const auto failed = place.berth.run(
      {"push", "oci:" + (place.directory / "img"), "registry.corp.invalid:5000/a/b:1"}, options);
  CHECK(failed.status == 7);
  CHECK(mentions(failed.err, "proxy https://" + address + " is not serving TLS"));
  CHECK(mentions(failed.err, "HTTPS_PROXY=http://" + address));
}

TEST_CASE("field: a proxy's password is used as typed") {
  for (const auto& [captured, password] :
       std::vector<std::pair<std::string, std::string>>{{"p%23w", "p#w"},
                                                        {"p#w", "p#w"},
                                                        {"p@ss", "p@ss"},
                                                        {"a/b?c", "a/b?c"},
                                                        {"100%", "100%"}}) {
    const auto typed = captured;
    CAPTURE(typed);
    test::ScriptedServer proxy([](const test::Received&) {
      return test::Scripted{test::http_answer(407), true};
    });
    const PrivateRegistry place;
    test::CommandOptions options;
    const std::string address = "127.0.0.1:" + std::to_string(proxy.port());
    options.environment = {{"HTTP_PROXY", "http://cda:" + typed + "@" + address}};
    const auto failed = place.berth.run({"push", "--plain-http", "oci:" + (place.directory / "img"),
                                         "registry.corp.invalid:5000/a/b:1"},
                                        options);
    REQUIRE_FALSE(proxy.received().empty());
    CHECK(proxy.received()[0].header("proxy-authorization") ==
          "Basic " + base::base64_encode("cda:" + password));
    CHECK(failed.status == 7);
    CHECK(mentions(failed.err, "percent-encode"));
    CHECK_FALSE(mentions(failed.err, password));
  }
}

TEST_CASE(
    "field: a credential helper that responds without a secret is an error, and is not skipped") {
  const PrivateRegistry place;
  const auto program =
      place.directory.write("docker-credential-empty", "#!/bin/sh\necho '{\"Username\":\"u\"}'\n");
  ::chmod(program.c_str(), 0755);
  place.berth.home().write("docker/config.json",
                           R"({"credHelpers":{")" + place.host + R"(":"empty"}})");
  const auto failed = place.push("a/b", {{"PATH", place.directory.path() + ":/usr/bin:/bin"}});
  CHECK(failed.status == 4);
  CHECK(code_of(failed) == "auth.helper");
  CHECK(mentions(failed.out, "docker-credential-empty"));
  CHECK(mentions(failed.out, "no Secret"));
}
