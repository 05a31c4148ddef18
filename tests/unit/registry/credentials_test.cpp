// Credential helpers, and the order in which sources of credentials are used.
#include <doctest/doctest.h>

#include "registry/credential_helper.hpp"
#include "unit/registry/credential_fixture.hpp"

using namespace berth;
using registry::AuthFile;
using registry::CredentialChain;
using test::entry;
using test::FakeHelper;
using test::find_in;
using test::shown;

TEST_CASE("credentials: helpers take precedence, and their failures are errors") {
  auto helped = [](const std::string& body) {
    const FakeHelper helper("fake", body);
    return shown(
        find_in(R"({"credsStore":"fake","auths":{)" + entry("r.example", "file", "p") + "}}",
                {"r.example", ""}));
  };
  CHECK(
      helped(
          R"(read server; [ "$1" = get ] && echo "{\"Username\":\"u\",\"Secret\":\"$server\"}")") ==
      "u/r.example");
  CHECK(helped(R"(echo '{"Username":"<token>","Secret":"it"}')") == "identity/it");
  CHECK(helped("echo credentials not found in native keychain; exit 1") == "file/p");
  CHECK(helped("echo no keychain here; exit 1") == "auth.helper");
  CHECK(helped("echo nonsense") == "auth.helper");
  CHECK(helped("exec yes") == "auth.helper");
  CHECK(helped("kill -9 $$") == "auth.helper");
  CHECK(helped(R"(echo '{"username":"u","secret":"s"} trailing')") == "u/s");
  for (const std::string response :
       {"{}", R"({"Username":"u"})", R"({"Username":"u","Secret":""})",
        R"({"Username":"u","Secret":null})", R"({"Username":"u","Secret":7})",
        R"({"Username":["u"],"Secret":"s"})", "[]", "\"s\""}) {
    CAPTURE(response);
    CHECK(helped("echo '" + response + "'") == "auth.helper");
  }
  CHECK(shown(find_in(R"({"credHelpers":{"r.example":"is-not-installed"}})", {"r.example", ""})) ==
        "auth.helper");
  CHECK(shown(find_in(R"({"credHelpers":{"r.example":"../evil"}})", {"r.example", ""})) ==
        "auth.helper");
  CHECK(shown(find_in(R"({"credHelpers":{"other.example":"is-not-installed"}})",
                      {"r.example", ""})) == "none");
  CHECK(shown(find_in(R"({"credHelpers":{"https://r.example/":"is-not-installed"}})",
                      {"r.example", ""})) == "auth.helper");
}

TEST_CASE("credentials: reports a failing helper with the file and field that configure it") {
  const FakeHelper helper("fake", "echo '{}'");
  const auto found = find_in(R"({"credHelpers":{"r.example":"fake"}})", {"r.example", ""});
  REQUIRE(shown(found) == "auth.helper");
  CHECK(found.error().message() == "docker-credential-fake failed");
  CHECK(found.error().cause().find("no Secret") != std::string::npos);
  CHECK(found.error().cause().find("configured by credHelpers in TEXT") != std::string::npos);
  const test::TempDir directory;
  ::chmod(directory.write("docker-credential-orphan", "#!/nonexistent/sh\n").c_str(), 0755);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (directory.path() + ":" + path).c_str(), 1);
  const auto orphan = find_in(R"({"credsStore":"orphan"})", {"r.example", ""});
  ::setenv("PATH", path.c_str(), 1);
  REQUIRE(shown(orphan) == "auth.helper");
  CHECK_MESSAGE(orphan.error().cause().find("interpreter") != std::string::npos,
                orphan.error().cause());
}

TEST_CASE("credentials: falls back to the file if the credsStore is not installed") {
  static const base::Cancellation never;
  const std::string auths = R"("auths":{)" + entry("r.example", "file", "p") + "}}";
  CHECK(shown(find_in(R"({"credsStore":"is-not-installed",)" + auths, {"r.example", ""})) ==
        "file/p");
  AuthFile none({.location = "TEXT", .text = R"({"credsStore":"is-not-installed"})"}, never);
  CHECK(shown(none.find({"r.example", ""})) == "none");
  CHECK(none.location().find("docker-credential-is-not-installed is not installed") !=
        std::string::npos);
  // An empty name excludes a host from credsStore, as in docker.
  const FakeHelper helper("fake", "exit 1");
  CHECK(shown(find_in(R"({"credsStore":"fake","credHelpers":{"r.example":""},)" + auths,
                      {"r.example", ""})) == "file/p");
}

TEST_CASE("credentials: a helper that hangs or floods is killed at a limit and reported") {
  static const base::Cancellation never;
  auto ask = [](const std::string& body, std::chrono::milliseconds limit) {
    const FakeHelper fake("slow", body);
    const auto begin = std::chrono::steady_clock::now();
    const auto helper = registry::CredentialHelper::named("slow", never, {limit, 1U << 20U});
    auto asked = helper.value().get("r.example");
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
    return asked.error().message() + ": " + asked.error().cause();
  };
  constexpr std::chrono::milliseconds soon(200);
  constexpr std::chrono::milliseconds late(15'000);
  CHECK(ask("exec sleep 60", soon) ==
        "docker-credential-slow failed: docker-credential-slow timed out: killed after 200 ms");
  // A background process of it does not block berth either.
  CHECK(ask("sleep 60 & exit 0", soon).find("timed out") != std::string::npos);
  CHECK(ask("exec head -c 1G /dev/zero", late).find("is too large") != std::string::npos);
  CHECK(ask("exec head -c 1G /dev/zero >&2", late).find("is too large") != std::string::npos);
  CHECK(ask("cat; exit 3", late).find("status 3: r.example") != std::string::npos);
}

TEST_CASE("credentials: explicit credentials are final, discovered ones are tried in order") {
  static const base::Cancellation never;
  auto file = [](const std::string& place, const std::string& text) {
    return std::make_unique<AuthFile>(AuthFile::Options{.location = place, .text = text}, never);
  };
  CredentialChain found({"r.example", "a"});
  found.add_discovered(file("first", "{}"));
  found.add_discovered(file("second", "{\"auths\":{" + entry("r.example", "u", "2") + "}}"));
  found.add_discovered(file("third", "{\"auths\":{" + entry("r.example", "u", "3") + "}}"));
  CHECK(shown(found.next()) == "u/2");
  CHECK(found.tried().size() == 2);
  CHECK(shown(found.next()) == "u/3");
  CHECK(shown(found.next()) == "none");
  CHECK(found.describe_attempts() ==
        "tried: first (none), second (user u: rejected), third (user u: rejected)");

  CredentialChain given({"r.example", "a"});
  given.add_explicit(std::make_unique<registry::ExplicitCredential>("me", base::Secret("typed"),
                                                                    "standard input"));
  given.add_discovered(file("second", "{\"auths\":{" + entry("r.example", "u", "2") + "}}"));
  CHECK(shown(given.next()) == "me/typed");
  CHECK(shown(given.next()) == "none");
}
