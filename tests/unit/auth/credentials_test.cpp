// Where credentials are found, and how they are kept.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <thread>

#include <boost/filesystem.hpp>

#include "base/base64.hpp"
#include "registry/auth_file.hpp"
#include "registry/auth_store.hpp"
#include "registry/credential_helper.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using registry::AuthFile;
using registry::AuthStore;
using registry::Credential;
using registry::CredentialChain;
using test::TempDir;

namespace {

using Found = std::optional<Credential>;

std::string pair(const std::string& username, const std::string& password) {
  return base::base64_encode(username + ":" + password);
}

std::string entry(const std::string& key, const std::string& username, const std::string& password) {
  return "\"" + key + R"(":{"auth":")" + pair(username, password) + "\"}";
}

base::Result<Found> find_in(const std::string& text, const registry::CredentialQuestion& question,
                            bool repository_keys = false) {
  static const base::Cancellation never;
  return AuthFile({"TEXT", text, repository_keys, {}}, never).find(question);
}

// "USER/PASSWORD", "identity/TOKEN", "registry/TOKEN", "none", or the error's code.
std::string shown(const base::Result<Found>& found) {
  if (!found) return found.error().code();
  if (!*found) return "none";
  const auto& credential = **found;
  const std::string secret(credential.password.reveal());
  if (credential.kind == Credential::Kind::identity_token) return "identity/" + secret;
  if (credential.kind == Credential::Kind::registry_token) return "registry/" + secret;
  return credential.username + "/" + secret;
}

// A helper "docker-credential-NAME" in PATH that does what `body` says with its first argument.
class FakeHelper {
 public:
  FakeHelper(const std::string& name, const std::string& body) : path_(std::getenv("PATH")) {
    ::chmod(folder_.write("docker-credential-" + name, "#!/bin/sh\n" + body + "\n").c_str(), 0755);
    ::setenv("PATH", (folder_.path() + ":" + path_).c_str(), 1);
  }
  FakeHelper(const FakeHelper&) = delete;
  FakeHelper& operator=(const FakeHelper&) = delete;
  ~FakeHelper() { ::setenv("PATH", path_.c_str(), 1); }
  [[nodiscard]] std::string operator/(const std::string& name) const { return folder_ / name; }

 private:
  TempDir folder_;
  std::string path_;
};

}  // namespace

TEST_CASE("credentials: every key by which docker stores a host is understood") {
  for (const std::string key :
       {"r.example", "https://r.example", "http://r.example", "https://r.example/", "https://r.example/v1/",
        "https://r.example/v2/", "https://r.example/v2", "https://r.example/team/path"}) {
    CAPTURE(key);
    CHECK(shown(find_in("{\"auths\":{" + entry(key, "u", "p") + "}}", {"r.example", "a/b"})) == "u/p");
  }
  for (const std::string key : {"https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"})
    CHECK(shown(find_in("{\"auths\":{" + entry(key, "u", "p") + "}}", {"docker.io", "library/a"})) == "u/p");
  for (const std::string key : {"r.example:5000", "other.example", "https://r.example.evil",
                                "https://evil.example/r.example", "r.example/other"})
    CHECK(shown(find_in("{\"auths\":{" + entry(key, "u", "p") + "}}", {"r.example", "a"})) == "none");
}

TEST_CASE("credentials: the longest repository key wins where containers tools keep them") {
  const std::string text = "{\"auths\":{" + entry("r.example", "host", "1") + "," + entry("r.example/a", "outer", "2") +
                           "," + entry("r.example/a/b", "inner", "3") + "}}";
  CHECK(shown(find_in(text, {"r.example", "a/b"}, true)) == "inner/3");
  CHECK(shown(find_in(text, {"r.example", "a/b/c"}, true)) == "inner/3");
  CHECK(shown(find_in(text, {"r.example", "a/bc"}, true)) == "outer/2");
  CHECK(shown(find_in(text, {"r.example", "z"}, true)) == "host/1");
  CHECK(shown(find_in(text, {"r.example", ""}, true)) == "host/1");
  CHECK(shown(find_in(text, {"r.example", "a/b"}, false)) == "host/1");
}

TEST_CASE("credentials: what an entry holds") {
  auto one = [](const std::string& body) {
    return shown(find_in(R"({"auths":{"r.example":)" + body + "}}", {"r.example", ""}));
  };
  CHECK(one(R"({"username":"u","password":"p"})") == "u/p");
  CHECK(one(R"({"auth":")" + pair("u", "p:q") + "\"}") == "u/p:q");
  CHECK(one(R"({"auth":")" + base::base64_encode(std::string("u:p\0\0", 5)) + "\"}") == "u/p");
  CHECK(one(R"({"auth":")" + pair("u", "p") + R"(","identitytoken":"it"})") == "identity/it");
  CHECK(one(R"({"registrytoken":"rt"})") == "registry/rt");
  CHECK(one("{}") == "none");
  CHECK(one(R"({"auth":""})") == "none");
  CHECK(one(R"({"auth":"%%%"})") == "auth.config");
  CHECK(one(R"({"auth":")" + base::base64_encode("nocolon") + "\"}") == "auth.config");
  CHECK(one(R"({"auth":7})") == "auth.config");
  CHECK(one("7") == "auth.config");
}

TEST_CASE("credentials: a broken file is named, a missing one holds none") {
  static const base::Cancellation never;
  const TempDir folder;
  CHECK(shown(AuthFile({folder / "none.json", {}, false, {}}, never).find({"r.example", ""})) == "none");
  for (const char* text : {"", "{", "[]", R"({"auths":[]})", R"({"auths":{},"auths":{}})"}) {
    const auto broken = AuthFile({folder.write("config.json", text), {}, false, {}}, never).find({"r.example", ""});
    CAPTURE(text);
    CHECK(shown(broken) == "auth.config");
    CHECK(broken.error().message().find("config.json") != std::string::npos);
  }
}

TEST_CASE("credentials: helpers are asked first, and what they do wrong is said") {
  auto helped = [](const std::string& body) {
    const FakeHelper helper("fake", body);
    return shown(
        find_in(R"({"credsStore":"fake","auths":{)" + entry("r.example", "file", "p") + "}}", {"r.example", ""}));
  };
  CHECK(helped(R"(read server; [ "$1" = get ] && echo "{\"Username\":\"u\",\"Secret\":\"$server\"}")") ==
        "u/r.example");
  CHECK(helped(R"(echo '{"Username":"<token>","Secret":"it"}')") == "identity/it");
  CHECK(helped("echo credentials not found in native keychain; exit 1") == "file/p");
  CHECK(helped("echo no keychain here; exit 1") == "auth.helper");
  CHECK(helped("echo nonsense") == "auth.helper");
  CHECK(helped("exec yes") == "auth.helper");
  CHECK(helped("kill -9 $$") == "auth.helper");
  CHECK(shown(find_in(R"({"credHelpers":{"r.example":"is-not-installed"}})", {"r.example", ""})) == "auth.helper");
  CHECK(shown(find_in(R"({"credHelpers":{"r.example":"../evil"}})", {"r.example", ""})) == "auth.helper");
  CHECK(shown(find_in(R"({"credHelpers":{"other.example":"is-not-installed"}})", {"r.example", ""})) == "none");
}

TEST_CASE("credentials: a helper that hangs or does not stop talking ends at a limit, and is named") {
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
        "docker-credential-slow does not work: docker-credential-slow timed out: killed after 200 ms");
  // Also what it leaves behind does not keep berth waiting.
  CHECK(ask("sleep 60 & exit 0", soon).find("timed out") != std::string::npos);
  CHECK(ask("exec head -c 1G /dev/zero", late).find("printed too much") != std::string::npos);
  CHECK(ask("exec head -c 1G /dev/zero >&2", late).find("printed too much") != std::string::npos);
  CHECK(ask("cat; exit 3", late).find("status 3: r.example") != std::string::npos);
}

TEST_CASE("credentials: what is no file is not waited for") {
  static const base::Cancellation never;
  const TempDir folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  boost::filesystem::create_directory(folder / "folder");
  for (const char* name : {"pipe", "folder"}) {
    CAPTURE(name);
    CHECK(shown(AuthFile({folder / name, {}, false, {}}, never).find({"r.example", ""})) == "auth.config");
    const auto kept = AuthStore(folder / name, never).keep("r.example", "me", base::Secret("word"));
    CHECK(kept.error().code() == "auth.config");
    CHECK(kept.error().message().find(name) != std::string::npos);
  }
}

TEST_CASE("credentials: what was given is final, what was found gives way to the next") {
  static const base::Cancellation never;
  auto file = [](const std::string& place, const std::string& text) {
    return std::make_unique<AuthFile>(AuthFile::Options{place, text, false, {}}, never);
  };
  CredentialChain found({"r.example", "a"});
  found.add_found(file("first", "{}"));
  found.add_found(file("second", "{\"auths\":{" + entry("r.example", "u", "2") + "}}"));
  found.add_found(file("third", "{\"auths\":{" + entry("r.example", "u", "3") + "}}"));
  CHECK(shown(found.next()) == "u/2");
  CHECK(found.tried().size() == 2);
  CHECK(shown(found.next()) == "u/3");
  CHECK(shown(found.next()) == "none");
  CHECK(found.tried_words() == "tried: first (none), second (user u: refused), third (user u: refused)");

  CredentialChain given({"r.example", "a"});
  given.add_given(std::make_unique<registry::GivenCredential>("me", base::Secret("typed"), "standard input"));
  given.add_found(file("second", "{\"auths\":{" + entry("r.example", "u", "2") + "}}"));
  CHECK(shown(given.next()) == "me/typed");
  CHECK(shown(given.next()) == "none");
}

TEST_CASE("auth store: keeps what it does not know, in its order, and forgets every spelling") {
  static const base::Cancellation never;
  const TempDir folder;
  const auto file = folder.write(
      "config.json",
      R"({"z":1,"auths":{"https://r.example/team":{"auth":"eDp5"},"https://r.example/v1/":{"auth":"eDp5"},"o.example":{"auth":"eDp5"}},"a":{"b":[2]}})");
  const AuthStore store(file, never);
  REQUIRE(store.keep("r.example", "me", base::Secret("word")).has_value());
  const auto config = base::Json::parse(test::slurp(file), "config").value();
  CHECK((*config.as_object())[0].first == "z");
  CHECK((*config.as_object())[2].first == "a");
  CHECK(config.find("auths")->find("r.example")->string_or("auth", "") == pair("me", "word"));
  CHECK(config.find("auths")->find("o.example")->string_or("auth", "") == "eDp5");
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);

  CHECK(store.forget("r.example").value());
  CHECK_FALSE(store.forget("r.example").value());
  const auto rest = base::Json::parse(test::slurp(file), "config").value();
  CHECK(rest.find("auths")->as_object()->size() == 1);
}

TEST_CASE("auth store: twenty logins at once are all kept") {
  static const base::Cancellation never;
  const TempDir folder;
  const std::string file = folder / "config.json";
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 20; ++i)
      threads.emplace_back([&file, i] {
        static_cast<void>(
            AuthStore(file, never).keep("r" + std::to_string(i) + ".example", "me", base::Secret("word")).has_value());
      });
  }
  CHECK(base::Json::parse(test::slurp(file), "config").value().find("auths")->as_object()->size() == 20);
}

TEST_CASE("auth store: a link, a broken file and a foreign one are left alone") {
  static const base::Cancellation never;
  const TempDir folder;
  const auto broken = folder.write("broken.json", "{\"auths\":");
  CHECK(AuthStore(broken, never).keep("r.example", "me", base::Secret("word")).error().code() == "auth.config");
  CHECK(test::slurp(broken) == "{\"auths\":");
  boost::filesystem::create_symlink(folder.write("real.json", "{}"), folder / "link.json");
  CHECK(AuthStore(folder / "link.json", never).keep("r.example", "me", base::Secret("word")).error().code() ==
        "auth.config");
  CHECK(test::slurp(folder / "real.json") == "{}");
}

TEST_CASE("auth store: the helper that is configured keeps the secret, the file names the host alone") {
  static const base::Cancellation never;
  const FakeHelper helper("keeper", R"(cat > "$(dirname "$0")/$1")");
  const TempDir folder;
  const auto file = folder.write("config.json", R"({"credsStore":"keeper"})");
  const auto where = AuthStore(file, never).keep("docker.io", "me", base::Secret("word"));
  REQUIRE_MESSAGE(where.has_value(), where.error().cause());
  CHECK(*where == "docker-credential-keeper");
  const auto kept = base::Json::parse(test::slurp(helper / "store"), "store").value();
  CHECK(kept.string_or("ServerURL", "") == "https://index.docker.io/v1/");
  CHECK(kept.string_or("Secret", "") == "word");
  CHECK(test::slurp(file).find("word") == std::string::npos);
  CHECK(test::slurp(file).find(pair("me", "word")) == std::string::npos);
  CHECK(test::slurp(file).find("https://index.docker.io/v1/") != std::string::npos);
}
