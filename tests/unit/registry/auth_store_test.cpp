// `login` and `logout` in docker's config.json.
#include "registry/auth_store.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <thread>

#include "base/json_parser.hpp"
#include "unit/registry/credential_fixture.hpp"

using namespace berth;
using registry::AuthFile;
using registry::AuthStore;
using test::FakeHelper;
using test::pair;
using test::shown;
using test::slurp;
using test::TempDir;

namespace {

const base::Cancellation no_cancellation;

base::Result<std::string> log_in(const std::string& file, const std::string& host = "r.example") {
  return AuthStore(file, no_cancellation).store(host, "me", base::Secret("pass"));
}

}  // namespace

TEST_CASE("auth store: store and erase change only their own entry") {
  const TempDir directory;
  const std::string before =
      "{\n\t\"z\": 1e3,\n\t\"auths\": {\n\t\t\"https://r.example/team\": {\"auth\": \"eDp5\"},\n"
      "\t\t\"r.example/team\": {\"auth\": \"eDp5\"},\n\t\t\"r.example/v1/\": {\"auth\": "
      "\"eDp5\"},\n"
      "\t\t\"o.example\": {\"auth\": \"eDp5\", \"x\": 1.0}\n\t},\n"
      "\t\"a\": {\"b\": [12345678901234567890, {\"c\": 1.50e-7}], \"k\\u0041\": \"\\u00e9\"}\n}";
  const auto file = directory.write("config.json", before);
  REQUIRE(log_in(file).has_value());
  std::string with_login = before;
  with_login.insert(with_login.find("\n\t},"), ",\n\t\t\"r.example\": {\n\t\t\t\"auth\": \"" +
                                                   pair("me", "pass") + "\"\n\t\t}");
  CHECK(slurp(file) == with_login);
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);

  const AuthStore store(file, no_cancellation);
  CHECK(store.erase("r.example").value());
  CHECK_FALSE(store.erase("r.example").value());
  std::string without = before;
  for (const std::string gone : {"\n\t\t\"r.example/v1/\": {\"auth\": \"eDp5\"},",
                                 "\t\t\"https://r.example/team\": {\"auth\": \"eDp5\"},\n"})
    without.erase(without.find(gone), gone.size());
  CHECK(slurp(file) == without);
}

TEST_CASE("auth store: keeps other fields of the entry and deletes its old secrets") {
  const TempDir directory;
  const auto file = directory.write(
      "config.json",
      R"({"Auths":{"r.example":{"email":"e@x","username":"u","Password":"p","auth":"eDp5","identitytoken":"t","n":1.0}}})");
  REQUIRE(log_in(file).has_value());
  CHECK(slurp(file) == R"({"Auths":{"r.example":{"email":"e@x","auth":")" + pair("me", "pass") +
                           R"(","n":1.0}}})");
}

TEST_CASE("auth store: writes to an empty or a missing file") {
  const TempDir directory;
  for (const char* text : {"", "\n", "{}", "{\"auths\":null}"}) {
    CAPTURE(text);
    const auto file = directory.write("config.json", text);
    REQUIRE(log_in(file).has_value());
    CHECK(shown(AuthFile({file}, no_cancellation).find({"r.example", ""})) == "me/pass");
  }
  REQUIRE(log_in(directory / "new/config.json").has_value());
  CHECK(slurp(directory / "new/config.json") ==
        "{\n  \"auths\": {\n    \"r.example\": {\n      \"auth\": \"" + pair("me", "pass") +
            "\"\n    }\n  }\n}\n");
}

TEST_CASE("auth store: twenty logins in parallel are all stored") {
  const TempDir directory;
  const std::string file = directory / "config.json";
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 20; ++i)
      threads.emplace_back([&file, i] {
        static_cast<void>(log_in(file, "r" + std::to_string(i) + ".example").has_value());
      });
  }
  CHECK(base::parse_json(slurp(file), "config").value().find("auths")->as_object()->size() == 20);
}

TEST_CASE("auth store: reports a broken or irregular file and does not change it") {
  const TempDir directory;
  for (const char* text : {"{\"auths\":", "[]", R"({"auths":[]})", R"({"credsStore":7})"}) {
    CAPTURE(text);
    const auto file = directory.write("config.json", text);
    const auto stored = log_in(file);
    REQUIRE_FALSE(stored.has_value());
    CHECK(stored.error().code() == "auth.config");
    CHECK(stored.error().message() == "cannot change " + file);
    CHECK(AuthStore(file, no_cancellation).erase("r.example").error().code() == "auth.config");
    CHECK(slurp(file) == text);
  }
  REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
  boost::filesystem::create_directory(directory / "directory");
  for (const char* name : {"pipe", "directory"})
    CHECK(log_in(directory / name).error().code() == "auth.config");
}

TEST_CASE("auth store: follows a symbolic link and keeps it") {
  const TempDir directory;
  directory.write("dotfiles/config.json", R"({"kept":1.0})");
  for (const char* target : {"dotfiles/config.json", "dotfiles/new.json"}) {
    CAPTURE(target);
    boost::filesystem::create_symlink(target, directory / "inner.json");
    boost::filesystem::create_symlink(directory / "inner.json", directory / "config.json");
    REQUIRE(log_in(directory / "config.json").has_value());
    CHECK(boost::filesystem::is_symlink(directory / "config.json"));
    CHECK_FALSE(boost::filesystem::is_symlink(directory / target));
    CHECK(slurp(directory / target).find(pair("me", "pass")) != std::string::npos);
    for (const char* link : {"inner.json", "config.json"})
      boost::filesystem::remove(directory / link);
  }
  CHECK(slurp(directory / "dotfiles/config.json").find("1.0") != std::string::npos);
  boost::filesystem::create_symlink("loop.json", directory / "loop.json");
  CHECK(log_in(directory / "loop.json").error().code() == "auth.config");
}

TEST_CASE("auth store: the configured helper stores the secret, the file only the host") {
  const FakeHelper helper("keeper", R"(cat > "$(dirname "$0")/$1")");
  const TempDir directory;
  const auto file = directory.write("config.json", R"({"credsStore":"keeper"})");
  const auto where = log_in(file, "docker.io");
  REQUIRE_MESSAGE(where.has_value(), where.error().cause());
  CHECK(*where == "docker-credential-keeper");
  const auto stored = base::parse_json(slurp(helper / "store"), "store").value();
  CHECK(stored.string_or("ServerURL", "") == "https://index.docker.io/v1/");
  CHECK(stored.string_or("Secret", "") == "pass");
  CHECK(slurp(file) == R"({"credsStore":"keeper","auths":{"https://index.docker.io/v1/":{}}})");
}

TEST_CASE("auth store: rejects a password that a helper's JSON cannot represent") {
  const FakeHelper helper("keeper", R"(cat > "$(dirname "$0")/$1")");
  const TempDir directory;
  const base::Cancellation cancellation;
  const auto file = directory.write("config.json", R"({"credsStore":"keeper"})");
  const auto stored =
      registry::AuthStore(file, cancellation).store("r.example", "u", base::Secret("caf\xe9"));
  REQUIRE_FALSE(stored.has_value());
  CHECK(stored.error().code() == "usage.password");
  CHECK_FALSE(boost::filesystem::exists(helper / "store"));
  // base64 can represent every byte.
  const auto plain = directory.write("plain.json", "{}");
  REQUIRE(registry::AuthStore(plain, cancellation)
              .store("r.example", "u", base::Secret("caf\xe9"))
              .has_value());
  CHECK(slurp(plain).find("dTpjYWbp") != std::string::npos);
}
