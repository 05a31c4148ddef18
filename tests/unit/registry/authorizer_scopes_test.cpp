// An authorizer and a token service: addresses, scopes and the forms of an exchange.
#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "registry/authorizer.hpp"
#include "registry/scope_set.hpp"
#include "unit/registry/authorizer_fixture.hpp"

using namespace berth;
using namespace berth::test;

namespace {

// An authorizer without a registry client.
struct AuthorizerFixture {
  base::Cancellation never;
  base::SilentLog log;
  CredentialChain chain;
  http::ClientPool pool{{}, never, log};
  registry::Authorizer authorizer;
  explicit AuthorizerFixture(const std::string& host)
      : chain({host, "a/b"}),
        authorizer({host, http::Origin::make(false, host), ""}, chain, pool, log) {
    chain.add_explicit(user("me", "pass"));
  }
  std::optional<base::Secret> header(const registry::TokenScope& wanted) {
    registry::AuthState state;
    return std::move(authorizer.header(wanted, state)).value();
  }
  http::AddressKind from = http::AddressKind::loopback;  // the address of the registry's connection
  std::string scheme = "http";                           // of the realm
  auto challenged(int token_port, const registry::TokenScope& wanted, bool final = false,
                  const std::string& more = {}) {
    http::Response refusal;
    refusal.status = 401;
    refusal.address = from;
    refusal.headers = {{"www-authenticate", "Bearer realm=\"" + scheme +
                                                "://localhost:" + std::to_string(token_port) +
                                                "/token\",service=\"s\"" + more}};
    registry::AuthState state;
    state.reads = true;
    const auto sent = authorizer.header(wanted, state).value();
    state.replaced = final;
    return authorizer.handle_unauthorized(refusal, sent ? &*sent : nullptr, wanted, state);
  }
};

}  // namespace

TEST_CASE("authorizer: sends no request to a token service at a forbidden address") {
  ScriptedServer service(
      [](const test::Received&) { return test::Scripted{http_answer(200, R"({"token":"t"})")}; });
  const registry::TokenScope wanted{"repository:a/b:pull"};
  for (const auto from : {http::AddressKind::global, http::AddressKind::private_network}) {
    AuthorizerFixture fixture("localhost:1");
    fixture.from = from;
    fixture.scheme = "https";
    const auto refused = fixture.challenged(service.port(), wanted);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code() == "auth.realm");
    CHECK(refused.error().error_class() == base::ErrorClass::auth);
  }
  CHECK(service.connections() == 0);
}

TEST_CASE("authorizer: extends an insufficient scope once, and remembers it") {
  const std::string more = ",error=\"insufficient_scope\",scope=\"repository:a/b:delete,pull\"";
  ScriptedServer service([](const test::Received&) { return test::Scripted{token("t")}; });
  AuthorizerFixture fixture(service.host());
  const registry::TokenScope wanted{"repository:a/b:pull"};
  REQUIRE(fixture.challenged(service.port(), wanted).has_value());
  CHECK(fixture.challenged(service.port(), wanted, true, more).has_value());
  CHECK(service.received().back().target.find("scope=repository%3Aa%2Fb%3Adelete%2Cpull&") !=
        std::string::npos);
  const auto again = fixture.challenged(service.port(), wanted, true, more);
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code() == "auth.denied");
  // The rejected token is replaced by one with all scopes needed so far.
  fixture.authorizer.observe_accepted(*fixture.header(wanted), true);
  CHECK(fixture.challenged(service.port(), wanted).has_value());
  CHECK(service.received().back().target.find("delete%2Cpull") != std::string::npos);
  CHECK(service.received().size() == 3);
}

TEST_CASE("authorizer: uses a token for all scopes that it covers") {
  const registry::TokenScope wide{"repository:a/b:pull,push"};
  ScriptedServer generous([](const test::Received&) { return test::Scripted{token("both")}; });
  AuthorizerFixture fixture(generous.host());
  REQUIRE(fixture.challenged(generous.port(), wide).has_value());
  CHECK(fixture.header(wide)->reveal() == "Bearer both");
  CHECK(fixture.header({"repository:a/b:pull"})->reveal() == "Bearer both");
  CHECK(generous.received().size() == 1);
  CHECK(fixture.header({"repository:a/b:delete"}).has_value());
  CHECK(fixture.header({"repository:c/d:pull"}).has_value());
  CHECK(generous.received().size() == 3);
}

TEST_CASE("authorizer: falls back between GET and POST, and may refresh an identity token") {
  auto only = [](const std::string& method, int otherwise) {
    return [method, otherwise](const test::Received& asked) {
      return test::Scripted{asked.method == method
                                ? http_answer(200, R"({"token":"t","refresh_token":"new"})")
                                : http_answer(otherwise, "")};
    };
  };
  base::Cancellation never;
  base::SilentLog log;
  http::ClientPool pool({}, never, log);
  const registry::Credential identity{"", base::Secret("it"), "a test",
                                      registry::Credential::Kind::identity_token};
  const registry::Credential password{"me", base::Secret("w&d"), "a test",
                                      registry::Credential::Kind::password};
  ScriptedServer get_only(only("GET", 404));
  CHECK(registry::fetch_token(pool, "r", {get_only.url("/token"), "s", {}}, &identity).has_value());
  CHECK(get_only.received()[1].header("authorization") ==
        "Basic " + base::base64_encode("<token>:it"));
  ScriptedServer post_only(only("POST", 405));
  CHECK(registry::fetch_token(pool, "r", {post_only.url("/token"), "s", {"x:y:z"}}, &password)
            .has_value());
  CHECK(post_only.received()[1].body ==
        "grant_type=password&service=s&client_id=berth&scope=x%3Ay%3Az&username=me&password=w%26d");
  const auto renewed =
      registry::fetch_token(pool, "r", {post_only.url("/token"), "s", {}}, &identity);
  REQUIRE(renewed.has_value());
  CHECK(renewed->identity->reveal() == "new");
}

TEST_CASE("scopes: merges the actions of each resource") {
  auto listed = [](std::initializer_list<const char*> texts) {
    registry::ScopeSet set;
    for (const auto* text : texts) set.add(text);
    std::string all;
    for (const auto& scope : set.list()) all += (all.empty() ? "" : " ") + scope;
    return all;
  };
  CHECK(listed({"repository:a:push", "repository:b:pull repository:a:pull,push"}) ==
        "repository:a:pull,push repository:b:pull");
  CHECK(listed({"repository:a:pull", "repository:a:*"}) == "repository:a:*");
  CHECK(listed({"repository:h:5000/a:pull", "repository:h:5000/a:push"}) ==
        "repository:h:5000/a:pull,push");
  CHECK(listed({"registry:catalog:*"}) == "registry:catalog:*");
  CHECK(listed({"aws", "", "  "}) == "aws");
  CHECK(listed({std::string(5000, 'a').c_str()}).empty());
  CHECK(registry::ScopeSet("a:b:x,y").covers(registry::ScopeSet("a:b:y")));
  CHECK_FALSE(registry::ScopeSet("a:b:x").covers(registry::ScopeSet("a:b:y")));
  CHECK(registry::ScopeSet("a:b:*").covers(registry::ScopeSet("a:b:y")));
}
