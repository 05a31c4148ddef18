// Responses of token services, and where credentials may be sent.
#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "registry/token_claims.hpp"
#include "registry/token_service.hpp"

using namespace berth;
using registry::check_realm;
using registry::parse_token;
using Clock = std::chrono::steady_clock;

namespace {

struct Answer {
  std::string body;
  std::string token;  // empty: rejected
  long seconds = 0;
};

base::Secret jwt(const std::string& claims) {
  std::string payload = base::base64_encode(claims);
  for (char& c : payload) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (!payload.empty() && payload.back() == '=') payload.pop_back();
  return base::Secret("header." + payload + ".signature");
}

std::string made_and_ended(int made, int ends) {
  return std::string(
      jwt("{\"iat\":" + std::to_string(made) + ",\"exp\":" + std::to_string(ends) + "}").reveal());
}

}  // namespace

TEST_CASE("token: its lifetime is between a minute and a day, whatever the service returns") {
  const auto asked = Clock::now();
  const std::vector<Answer> answers{
      {R"({"token":"abc","expires_in":300})", "abc", 300},
      {R"({"access_token":"abc","expires_in":300})", "abc", 300},
      {R"({"token":"abc","access_token":"def"})", "abc", 60},
      {R"({"token":"abc","expires_in":0})", "abc", 60},
      {R"({"token":"abc","expires_in":-5})", "abc", 60},
      {R"({"token":"abc","expires_in":1e300})", "abc", 86'400},
      {R"({"token":"abc","expires_in":"300"})", "abc", 60},
      {R"({"token":"abc","expires_in":99.5})", "abc", 99},
      {R"({"token":")" + made_and_ended(1000, 11'800) + "\"}", made_and_ended(1000, 11'800),
       10'800},
      {R"({"token":")" + made_and_ended(1000, 900) + "\"}", made_and_ended(1000, 900), 60},
      {R"({"token":")" + made_and_ended(1000, 11'800) + R"(","expires_in":300})",
       made_and_ended(1000, 11'800), 300},
      {R"({"token":""})", "", 0},
      {R"({"expires_in":300})", "", 0},
      {R"({"token":7})", "", 0},
      {R"([])", "", 0},
      {"<html>", "", 0},
      {"", "", 0},
      {R"({"token":"a\nb"})", "", 0},
      {R"({"token":"a b"})", "", 0},
      {R"({"token":")" + std::string(70'000, 'a') + "\"}", "", 0},
      {std::string(100'000, '[') + std::string(100'000, ']'), "", 0},
  };
  for (const auto& answer : answers) {
    const std::string shown = answer.body.substr(0, 60);
    CAPTURE(shown);
    const auto token = parse_token(answer.body, asked, "registry.example");
    REQUIRE(token.has_value() == !answer.token.empty());
    if (!token) {
      CHECK(token.error().code() == "auth.token-answer");
      CHECK(token.error().error_class() == base::ErrorClass::server);
      continue;
    }
    CHECK(std::string(token->value.reveal()) == answer.token);
    CHECK(token->expires - asked == std::chrono::seconds(answer.seconds));
  }
}

TEST_CASE("token: sends credentials over https, or over http to the registry's own origin") {
  struct Case {
    const char* realm;
    bool tls;
    bool allowed;
    bool anonymous = allowed;
  };
  const std::vector<Case> cases{
      {"https://auth.example/token", true, true},
      {"https://auth.example/token", false, true},
      {"http://auth.example/token", true, false},
      {"http://auth.example/token", false, false},
      {"http://registry.example/token", true, true},
      {"http://registry.example/token", false, true},
      {"http://registry.example:81/token", false, false, true},
      {"https://registry.example:81/token", false, true},
      {"http://registry.example:81/token", true, false},
      {"ftp://registry.example/token", false, false},
      {"/token", true, true},
      {"token", true, false},
      {"", true, false},
      {"registry.example", false, false},
      {"https://user:pass@auth.example/t", true, false},
      {"https://auth.example/a\nb", true, false},
  };
  for (const auto& one : cases) {
    CAPTURE(one.realm);
    const auto registry = http::Origin::make(one.tls, "registry.example");
    const auto checked = check_realm(one.realm, registry, true);
    CHECK(checked.has_value() == one.allowed);
    if (!checked) CHECK(checked.error().code() == "auth.realm");
    CHECK(check_realm(one.realm, registry, false).has_value() == one.anonymous);
  }
}

TEST_CASE(
    "token: a realm that names the registry itself is completed if the credentials stay on its own "
    "origin") {
  const auto tls = http::Origin::make(true, "r.example:8443");
  const auto plain = http::Origin::make(false, "r.example:5000");
  const struct {
    const char* realm;
    const http::Origin& registry;
    const char* resolved;
    const char* own;
  } cases[] = {
      {"/v2/token?a=b", tls, "https://r.example:8443/v2/token?a=b", ""},
      {"/token", plain, "http://r.example:5000/token", ""},
      {"http://r.example/token", tls, "https://r.example:8443/token", ""},
      {"http://r.example:8443/token", tls, "https://r.example:8443/token", ""},
      {"http://R.Example", tls, "https://r.example:8443/", ""},
      {"http://r.example:81/token", tls, "http://r.example:81/token", ""},
      {"http://auth.example/token", tls, "http://auth.example/token", ""},
      {"https://r.example/token", tls, "https://r.example/token", "https://r.example:8443/token"},
      {"https://auth.example/token", tls, "https://auth.example/token", ""},
      {"http://r.example/token", plain, "http://r.example:5000/token", ""},
      {"http://r.example:81/token", plain, "http://r.example:81/token", ""},
      {"https://r.example/token", plain, "https://r.example/token", ""},
      {"nonsense", plain, "nonsense", ""},
  };
  for (const auto& one : cases) {
    const std::string realm = one.realm;
    CAPTURE(realm);
    const auto resolved = registry::resolve_realm(realm, one.registry);
    CHECK(resolved == one.resolved);
    CHECK(registry::own_realm(resolved, one.registry) == one.own);
  }
}

TEST_CASE("token: returns the granted actions if the token lists them") {
  const std::string scope = "repository:a/b:pull,push";
  CHECK(registry::granted_actions(
            jwt(R"({"access":[{"type":"repository","name":"a/b","actions":["pull"]}]})"), scope) ==
        "pull");
  CHECK(registry::granted_actions(
            jwt(R"({"access":[{"type":"repository","name":"c","actions":["pull"]}]})"), scope) ==
        "");
  CHECK(registry::granted_actions(jwt(R"({"access":[]})"), scope) == "");
  CHECK_FALSE(registry::granted_actions(jwt(R"({"sub":"x"})"), scope).has_value());
  CHECK_FALSE(registry::granted_actions(base::Secret("opaque"), scope).has_value());
  CHECK_FALSE(registry::granted_actions(base::Secret("a.%%%.c"), scope).has_value());
  CHECK_FALSE(registry::granted_actions(jwt(R"({"access":[]})"), "").has_value());
}

TEST_CASE("token: denies push only if it lists actions without push") {
  const auto denies = [&](const std::string& claims) { return registry::denies_push(jwt(claims)); };
  CHECK(denies(R"({"access":[]})"));
  CHECK(denies(R"({"access":[{"name":"a/b","actions":["pull"]}]})"));
  CHECK(denies(R"({"access":[{"name":"a/b","actions":[]},{"name":"c","actions":["pull"]}]})"));
  CHECK_FALSE(denies(R"({"access":[{"name":"a/b","actions":["pull","push"]}]})"));
  CHECK_FALSE(denies(R"({"access":[{"name":"a/b","actions":["*"]}]})"));
  CHECK_FALSE(denies(R"({"access":[{"name":"library/a/b","actions":["push"]}]})"));
  CHECK_FALSE(denies(R"({"sub":"alice"})"));
  CHECK_FALSE(registry::denies_push(base::Secret("opaque")));
}

TEST_CASE("token: the realm is at the registry's own origin or at an allowed address") {
  using http::AddressKind;
  using http::AddressPolicy;
  const auto registry = http::Origin::make(true, "registry.example");
  for (const auto from :
       {AddressKind::global, AddressKind::private_network, AddressKind::loopback}) {
    CHECK(registry::realm_addresses("https://registry.example/token", registry, from) ==
          AddressPolicy::everything());
    for (const char* other :
         {"https://registry.example:444/token", "https://auth.example/token", "nonsense"})
      CHECK(registry::realm_addresses(other, registry, from) == AddressPolicy::allowed_from(from));
  }
}
