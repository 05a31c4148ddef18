// A client's authentication against a scripted registry and token service.
#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "unit/registry/authorizer_fixture.hpp"

using namespace berth;
using namespace berth::test;

TEST_CASE("authorizer: exchanges a challenge for a token once, and reuses the token") {
  RegistryWithTokens server(
      in_order({{http_answer(401, "", challenge(",scope=\"repository:a/b:pull\""))},
                {manifest_head()},
                {manifest_head()}}),
      in_order({{token("t1")}}));
  Asking asking(server.host(), sources(user("me", "pass")));
  CHECK(asking.head().has_value());
  CHECK(asking.head().has_value());
  const auto asked = server.exchanges();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].target ==
        "/token?service=s&scope=repository%3Aa%2Fb%3Apull%2Cpush&client_id=berth");
  CHECK(asked[0].header("authorization") == "Basic " + base::base64_encode("me:pass"));
  const auto seen = server.received();
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].header("authorization").empty());
  CHECK(seen[1].header("authorization") == "Bearer t1");
  CHECK(seen[2].header("authorization") == "Bearer t1");
}

TEST_CASE("authorizer: refreshes a rejected token once; a second rejection is final") {
  RegistryWithTokens server(in_order({{http_answer(401, "", challenge())},
                                      {manifest_head()},
                                      {http_answer(401, "", challenge())},
                                      {manifest_head()},
                                      {http_answer(401, "", challenge())},
                                      {http_answer(401, "", challenge())}}),
                            in_order({{token("t1")}, {token("t2")}, {token("t3")}}));
  Asking asking(server.host(), sources(user("me", "pass")));
  CHECK(asking.head().has_value());
  CHECK(asking.head().has_value());
  const auto refused = asking.head();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == "auth.denied");
  CHECK(refused.error().error_class() == base::ErrorClass::denied);
  CHECK(server.received().size() == 7);  // and, for the error message, GET
  CHECK(server.exchanges().size() == 3);
}

TEST_CASE("authorizer: tries each discovered credential once, in order") {
  ScriptedServer server({{http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")},
                         {http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")},
                         {manifest_head()}});
  base::Cancellation never;
  auto file = [&](const std::string& place, const std::string& password) {
    return std::make_unique<registry::AuthFile>(
        registry::AuthFile::Options{.location = place,
                                    .text = R"({"auths":{")" + server.host() +
                                            R"(":{"username":"me","password":")" + password +
                                            "\"}}}"},
        never);
  };
  Asking asking(server.host(),
                sources(std::unique_ptr<registry::CredentialSource>(file("first", "old")),
                        std::unique_ptr<registry::CredentialSource>(file("second", "new"))));
  CHECK(asking.head().has_value());
  const auto seen = server.received();
  REQUIRE(seen.size() == 3);
  CHECK(seen[1].header("authorization") == "Basic " + base::base64_encode("me:old"));
  CHECK(seen[2].header("authorization") == "Basic " + base::base64_encode("me:new"));
}

TEST_CASE("authorizer: exchanges an identity token with POST") {
  RegistryWithTokens server(in_order({{http_answer(401, "", challenge())}, {manifest_head()}}),
                            in_order({{token("t1")}}));
  base::Cancellation never;
  auto file = std::make_unique<registry::AuthFile>(
      registry::AuthFile::Options{
          .location = "TEXT",
          .text = R"({"auths":{")" + server.host() + R"(":{"identitytoken":"it&x"}}})"},
      never);
  Asking asking(server.host(),
                sources(std::unique_ptr<registry::CredentialSource>(std::move(file))));
  CHECK(asking.head().has_value());
  const auto asked = server.exchanges();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].method == "POST");
  CHECK(asked[0].header("authorization").empty());
  CHECK(asked[0].body ==
        "grant_type=refresh_token&service=s&client_id=berth&scope=repository%3Aa%2Fb%3Apull%2Cpush&"
        "refresh_token=it%26x");
}

TEST_CASE("authorizer: reports distinct errors of the token service") {
  struct Case {
    std::string answer;
    std::string code;
  };
  const std::vector<Case> cases{{http_answer(401, "no"), "auth.refused"},
                                {http_answer(403, "no"), "auth.denied"},
                                {http_answer(404, "<html>"), "auth.token-service"},
                                {http_answer(200, "{}"), "auth.token-answer"},
                                {http_answer(200, "<html>"), "auth.token-answer"}};
  for (const auto& one : cases) {
    const std::string code = one.code;
    CAPTURE(code);
    RegistryWithTokens server(in_order({{http_answer(401, "", challenge())}}),
                              in_order({{one.answer}}));
    Asking asking(server.host(), sources(user("me", "pass")));
    const auto refused = asking.head();
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code() == code);
    if (refused.error().error_class() == base::ErrorClass::auth)
      CHECK(refused.error().cause().find("tried: the test (user me: rejected)") !=
            std::string::npos);
    CHECK(server.received().size() == 1);
  }
}

TEST_CASE("authorizer: never sends the credential to another origin") {
  ScriptedServer server({{http_answer(
      401, "", "WWW-Authenticate: Bearer realm=\"http://127.0.0.9:1/token\",service=\"s\"\r\n")}});
  Asking asking(server.host(), sources(user("me", "pass")));
  const auto refused = asking.head();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == "auth.realm");
}

TEST_CASE("authorizer: reports missing authentication if the anonymous token is not enough") {
  RegistryWithTokens server(
      in_order({{http_answer(401, "", challenge())}, {http_answer(401, "", challenge())}}),
      in_order({{token("anonymous")}}));
  Asking asking(server.host());
  const auto refused = asking.head();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == "auth.required");
  CHECK(server.exchanges().at(0).header("authorization").empty());
}
