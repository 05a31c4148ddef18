#include <doctest/doctest.h>

#include "registry/auth_file.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using test::TempDir;

namespace {

// alice:secret
constexpr const char* kAlice = R"({"auth":"YWxpY2U6c2VjcmV0"})";

base::Result<std::optional<registry::Credential>> read(const std::string& file,
                                                       const std::string& host) {
  const base::Cancellation never;
  return registry::AuthFile({file}, never).find({host, {}});
}

base::Result<std::optional<registry::Credential>> look_up(const std::string& config,
                                                          const std::string& host) {
  const TempDir directory;
  return read(directory.write("config.json", config), host);
}

std::string with_key(const std::string& key, const std::string& entry = kAlice) {
  return R"({"auths":{")" + key + R"(":)" + entry + "}}";
}

}  // namespace

TEST_CASE("docker config: recognises every spelling of a host's key") {
  const std::pair<std::string, std::string> found[] = {
      {"ghcr.io", "ghcr.io"},
      {"https://ghcr.io", "ghcr.io"},
      {"http://ghcr.io", "ghcr.io"},
      {"https://ghcr.io/", "ghcr.io"},
      {"https://ghcr.io/v1/", "ghcr.io"},
      {"https://ghcr.io/v2", "ghcr.io"},
      {"localhost:5000", "localhost:5000"},
      {"http://localhost:5000/v2/", "localhost:5000"},
      {"https://index.docker.io/v1/", "docker.io"},
      {"index.docker.io", "docker.io"},
      {"docker.io", "docker.io"},
      {"registry-1.docker.io", "docker.io"},
  };
  for (const auto& one : found) {
    CAPTURE(one.first);
    const auto answer = look_up(with_key(one.first), one.second);
    REQUIRE(answer.has_value());
    REQUIRE(answer->has_value());
    CHECK((*answer)->username == "alice");
    CHECK((*answer)->password.reveal() == "secret");
    CHECK((*answer)->source.find(one.first) != std::string::npos);
    CHECK((*answer)->source.find("secret") == std::string::npos);
  }
}

TEST_CASE("docker config: ignores credentials for other hosts") {
  for (const std::string key :
       {"ghcr.io:443", "ghcr.io.evil.example", "evil.example/ghcr.io", "hcr.io", "docker.io"}) {
    CAPTURE(key);
    const auto answer = look_up(with_key(key), "ghcr.io");
    REQUIRE(answer.has_value());
    CHECK_FALSE(answer->has_value());
  }
  CHECK_FALSE(look_up(with_key("localhost:5000"), "localhost:5001")->has_value());
  CHECK_FALSE(look_up(with_key("localhost"), "localhost:5000")->has_value());
}

TEST_CASE("docker config: supports plain fields, NUL padding and colons in the password") {
  const auto plain =
      look_up(with_key("r.example", R"({"username":"bob","password":"pass"})"), "r.example");
  REQUIRE(plain->has_value());
  CHECK((*plain)->password.reveal() == "pass");
  // "bob:pass\0\0"
  const auto padded = look_up(with_key("r.example", R"({"auth":"Ym9iOnBhc3MAAA=="})"), "r.example");
  CHECK((*padded)->password.reveal() == "pass");
  // "bob:a:b"
  const auto colons = look_up(with_key("r.example", R"({"auth":"Ym9iOmE6Yg=="})"), "r.example");
  CHECK((*colons)->username == "bob");
  CHECK((*colons)->password.reveal() == "a:b");
}

TEST_CASE("docker config: an entry without credentials is not an error") {
  for (const std::string config :
       {"{}", R"({"auths":{}})", R"({"auths":null})", R"({"auths":{"r.example":{}}})",
        R"({"credsStore":""})", R"({"auths":{"r.example":{"auth":""}}})",
        R"({"auths":{"r.example":{"username":"bob"}}})"}) {
    CAPTURE(config);
    const auto answer = look_up(config, "r.example");
    REQUIRE(answer.has_value());
    CHECK_FALSE(answer->has_value());
  }
  const TempDir directory;
  CHECK_FALSE(read(directory / "none.json", "r.example")->has_value());
}

TEST_CASE("docker config: reports a broken file without its secrets") {
  const std::string huge(5 << 20, ' ');
  for (const std::string& config :
       {std::string("not json"), std::string("[]"), std::string("\"x\""),
        std::string(R"({"auths":[]})"), with_key("r.example", "\"YWxpY2U6c2VjcmV0\""),
        with_key("r.example", R"({"auth":"!!!"})"), with_key("r.example", R"({"auth":"YWxpY2U"})"),
        with_key("r.example", R"({"auth":7})"),
        with_key("r.example", R"({"auth":"YWxpY2U6c2VjcmV0)"), R"({"auths":{}})" + huge}) {
    CAPTURE(config.substr(0, 100));
    const auto answer = look_up(config, "r.example");
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().error_class() == base::ErrorClass::auth);
    CHECK(answer.error().code() == "auth.config");
    CHECK(answer.error().message().find("config.json") != std::string::npos);
    CHECK(answer.error().cause().find("YWxpY2U") == std::string::npos);
  }
  const TempDir directory;
  CHECK(read(directory.path(), "r.example").error().code() == "auth.config");
}
