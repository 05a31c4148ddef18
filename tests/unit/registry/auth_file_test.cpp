// Credential files of docker and containers tools: keys, entries, mistakes, and lenient parsing.
#include "registry/auth_file.hpp"

#include <doctest/doctest.h>

#include "unit/registry/credential_fixture.hpp"

using namespace berth;
using registry::AuthFile;
using registry::CredentialRequest;
using registry::KeyRule;
using test::entry;
using test::find_in;
using test::pair;
using test::shown;
using test::TempDir;

namespace {

const base::Cancellation never;

std::string auths(const std::string& entries) { return "{\"auths\":{" + entries + "}}"; }

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("auth file: recognises every key under which docker stores a host") {
  for (const std::string key :
       {"r.example", "https://r.example", "http://r.example", "https://r.example/",
        "https://r.example/v1/", "https://r.example/v2/", "https://r.example/v2",
        "https://r.example/team/path", "r.example/", "r.example/v1/", "r.example/v2", "R.Example",
        "HTTPS://r.example"})
    for (const auto rule : {KeyRule::docker, KeyRule::containers}) {
      CAPTURE(key);
      CHECK(shown(find_in(auths(entry(key, "u", "p")), {"r.example", "a/b"}, rule)) == "u/p");
    }
  for (const std::string key :
       {"https://index.docker.io/v1/", "https://index.docker.io", "index.docker.io", "docker.io",
        "https://docker.io/", "registry-1.docker.io", "docker.io/library"})
    CHECK(shown(find_in(auths(entry(key, "u", "p")), {"docker.io", "library/a"})) == "u/p");
  for (const std::string key :
       {"r.example:5000", "r.example:443", "other.example", "https://r.example.evil", "a.r.example",
        "example", "https://evil.example/r.example", "https://u@r.example"})
    CHECK(shown(find_in(auths(entry(key, "u", "p")), {"r.example", "a"})) == "none");
  for (const std::string key :
       {"r.example:5000", "r.example:5000/v1/", "http://r.example:5000/v1/"})
    CHECK(shown(find_in(auths(entry(key, "u", "p")), {"r.example:5000", "a"})) == "u/p");
}

TEST_CASE("auth file: the longest path of a key wins, then the host; docker compares only hosts") {
  const std::string outer = entry("r.example/a", "outer", "2");
  const auto text = auths(entry("r.example", "host", "1") + "," + outer + "," +
                          entry("https://r.example/a/b/", "inner", "3"));
  for (const auto rule : {KeyRule::docker, KeyRule::containers}) {
    CHECK(shown(find_in(text, {"r.example", "a/b"}, rule)) == "inner/3");
    CHECK(shown(find_in(text, {"r.example", "a/b/c"}, rule)) == "inner/3");
    CHECK(shown(find_in(text, {"r.example", "a/bc"}, rule)) == "outer/2");
    CHECK(shown(find_in(text, {"r.example", "z"}, rule)) == "host/1");
    CHECK(shown(find_in(text, {"r.example", ""}, rule)) == "host/1");
  }
  CHECK(shown(find_in(auths(outer), {"r.example", "z"}, KeyRule::docker)) == "outer/2");
  CHECK(shown(find_in(auths(outer), {"r.example", "z"}, KeyRule::containers)) == "none");
}

TEST_CASE("auth file: docker's own spelling of a host takes precedence") {
  auto both = [](const std::string& first, const std::string& second,
                 const CredentialRequest& question) {
    return shown(
        find_in(auths(entry(first, "first", "1") + "," + entry(second, "second", "2")), question));
  };
  CHECK(both("https://r.example/v1/", "r.example", {"r.example", "a"}) == "second/2");
  CHECK(both("http://r.example", "https://r.example", {"r.example", "a"}) == "second/2");
  CHECK(both("docker.io", "https://index.docker.io/v1/", {"docker.io", "library/a"}) == "second/2");
  CHECK(both("r.example/v1/", "r.example/", {"r.example", "a"}) == "first/1");
}

TEST_CASE("auth file: parses every form of an entry") {
  auto one = [](const std::string& body) {
    return shown(find_in(auths(R"("r.example":)" + body), {"r.example", ""}));
  };
  CHECK(one(R"({"username":"u","password":"p"})") == "u/p");
  CHECK(one(R"({"auth":")" + pair("u", "p:q") + "\"}") == "u/p:q");
  CHECK(one(R"({"auth":")" + base::base64_encode(std::string("u:p\0\0", 5)) + "\"}") == "u/p");
  CHECK(one(R"({"auth":")" + pair("u", "p") + R"(","identitytoken":"it"})") == "identity/it");
  CHECK(one(R"({"registrytoken":"rt"})") == "registry/rt");
  CHECK(one(R"({"AUTH":")" + pair("u", "p") + R"(","email":7,"new":{"x":[1e3]}})") == "u/p");
  CHECK(one(R"({"auth":"dT\npw\n"})") == "u/p");
  CHECK(one(R"({"auth":")" + pair("u", "p\n") + "\"}") == "u/p");
  CHECK(one(R"({"username":"other","password":"x","auth":")" + pair("u", "p") + "\"}") == "u/p");
  CHECK(one("{}") == "none");
  CHECK(one("null") == "none");
  CHECK(one(R"({"auth":"","username":null})") == "none");
  CHECK(one(R"({"username":"u"})") == "none");
  CHECK(one(R"({"auth":")" + pair("u", "") + "\"}") == "none");
}

TEST_CASE("auth file: reports an invalid entry with file, entry and field, without its secret") {
  const struct {
    std::string body;
    const char* cause;
  } cases[] = {{R"({"auth":"%%%"})", "auth is not base64"},
               {R"({"auth":"user:sesame"})", "auth is not base64"},
               {R"({"auth":")" + base::base64_encode("sesame") + "\"}", "has no colon"},
               {R"({"auth":")" + pair("", "sesame") + "\"}", "empty user name"},
               {R"({"auth":7})", "auth is not a string"},
               {R"({"username":["u"],"password":"sesame"})", "username is not a string"},
               {R"({"username":"u","password":false})", "password is not a string"},
               {R"({"identitytoken":{}})", "identitytoken is not a string"},
               {"\"" + pair("u", "sesame") + "\"", "not an object"}};
  for (const auto& one : cases) {
    CAPTURE(one.body);
    const auto found = find_in(auths(R"("r.example":)" + one.body), {"r.example", ""});
    REQUIRE(shown(found) == "auth.config");
    const auto text = found.error().message() + found.error().cause();
    for (const std::string part : {"TEXT", "\"r.example\"", one.cause})
      CHECK_MESSAGE(mentions(text, part), text);
    CHECK_FALSE(mentions(text, "sesame"));
    CHECK(shown(find_in(auths(R"("other.example":)" + one.body), {"r.example", ""})) == "none");
  }
}

TEST_CASE("auth file: reports an invalid document with its field") {
  const std::pair<const char*, const char*> fields[] = {
      {R"({"auths":[]})", "\"auths\""},
      {R"({"credHelpers":["x"]})", "\"credHelpers\""},
      {R"({"credHelpers":{"r.example":7}})", "\"credHelpers\""},
      {R"({"credsStore":{}})", "\"credsStore\""},
      {R"({"r.example":{"auth":"dTpw"}})", "not inside \"auths\""},
      {"/etc/auth.json", "path"},
      {"[]", "not a JSON object"},
      {"auths: {}", "not valid JSON"},
  };
  for (const auto& [text, cause] : fields) {
    const auto found = find_in(text, {"r.example", ""});
    REQUIRE(shown(found) == "auth.config");
    CHECK_MESSAGE(mentions(found.error().cause(), cause), found.error().cause());
  }
}

TEST_CASE("auth file: a file is read as docker reads it") {
  const auto good = auths(entry("r.example", "u", "p"));
  for (const std::string& text :
       {good, "\xEF\xBB\xBF" + good, good + "\n}",
        "{\"Auths\":{" + entry("r.example", "u", "p") + "}}", "{\"auths\":null," + good.substr(1),
        "{\"x\":\"\xFF\"," + good.substr(1),
        auths(entry("r.example", "old", "1") + "," + entry("r.example", "u", "p"))}) {
    CAPTURE(text);
    CHECK(shown(find_in(text, {"r.example", ""})) == "u/p");
  }
  for (const char* text :
       {"", "\n", " \t\r\n", "\xEF\xBB\xBF", "{}", "null", R"({"auths":null})", R"({"auths":{}})"})
    CHECK(shown(find_in(text, {"r.example", ""})) == "none");
  const std::string legacy = "{" + entry("https://r.example/v1/", "u", "p") + "}";
  CHECK(shown(AuthFile({.location = "~/.dockercfg", .text = legacy, .legacy = true}, never)
                  .find({"r.example", "a"})) == "u/p");
}

TEST_CASE("auth file: reports a broken file, ignores a missing one, and does not block on a pipe") {
  const TempDir directory;
  CHECK(shown(AuthFile({directory / "none.json"}, never).find({"r.example", ""})) == "none");
  CHECK(shown(AuthFile({"/dev/null"}, never).find({"r.example", ""})) == "none");
  REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
  boost::filesystem::create_directory(directory / "directory");
  directory.write("broken", "{");
  for (const char* name : {"broken", "pipe", "directory"}) {
    const auto broken = AuthFile({directory / name}, never).find({"r.example", ""});
    REQUIRE(shown(broken) == "auth.config");
    CHECK(broken.error().message() == "cannot read credentials from " + directory / name);
  }
}

TEST_CASE("auth file: skips an unusable location, unless a variable names it") {
  const TempDir directory;
  directory.write("home", "a file");
  const std::string below = directory / "home/.docker/config.json";
  AuthFile by_default({below}, never);
  CHECK(shown(by_default.find({"r.example", ""})) == "none");
  CHECK(by_default.location() == below + ": not a directory");
  const auto named =
      AuthFile({.location = below, .variable = "DOCKER_CONFIG"}, never).find({"r.example", ""});
  REQUIRE(shown(named) == "auth.config");
  CHECK(mentions(named.error().cause(), "DOCKER_CONFIG names a file"));
  AuthFile missing({.location = directory / "none.json", .variable = "REGISTRY_AUTH_FILE"}, never);
  CHECK(shown(missing.find({"r.example", ""})) == "none");
  CHECK(mentions(missing.location(), "no such file"));
}
