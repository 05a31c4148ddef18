// One session's authentication against a scripted registry and token service.
#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "base/log.hpp"
#include "registry/auth_file.hpp"
#include "registry/authorizer.hpp"
#include "registry/scope_set.hpp"
#include "registry/session.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using registry::CredentialChain;
using test::http_answer;
using test::ScriptedServer;

namespace {

std::string challenge(int token_port, const std::string& more = {}) {
  return "WWW-Authenticate: Bearer realm=\"http://localhost:" + std::to_string(token_port) + "/token\",service=\"s\"" +
         more + "\r\n";
}

std::string token(const std::string& text) {
  return http_answer(200, R"({"token":")" + text + R"(","expires_in":300})");
}

std::string manifest_head() {
  return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDocker-Content-Digest: sha256:" + std::string(64, 'a') + "\r\n\r\n";
}

std::unique_ptr<registry::CredentialSource> user(const std::string& name, const std::string& password) {
  return std::make_unique<registry::GivenCredential>(name, base::Secret(password), "the test");
}

// A session with a registry at `host`, that asks for one manifest.
struct Asking {
  base::Cancellation never;
  base::SilentLog log;
  CredentialChain chain;
  registry::Session session;
  explicit Asking(const std::string& host, std::vector<std::unique_ptr<registry::CredentialSource>> found = {},
                  const std::string& only_user = {})
      : chain({host, "a/b"}, only_user), session({host, false, {}, "pull,push"}, with(std::move(found)), never, log) {}
  CredentialChain& with(std::vector<std::unique_ptr<registry::CredentialSource>> found) {
    for (auto& source : found) chain.add_found(std::move(source));
    return chain;
  }
  auto head() { return session.head_manifest("a/b", "1"); }
};

// One that holds nothing.
struct Empty final : registry::CredentialSource {
  [[nodiscard]] std::string place() const override { return "an empty place"; }
  base::Result<std::optional<registry::Credential>> find(const registry::CredentialQuestion&) override {
    return std::optional<registry::Credential>();
  }
};

// An authorizer alone, before a token service.
struct Alone {
  base::Cancellation never;
  base::SilentLog log;
  CredentialChain chain;
  http::ClientPool pool{{}, never, log};
  registry::Authorizer authorizer;
  explicit Alone(const std::string& host)
      : chain({host, "a/b"}), authorizer(host, http::Origin::make(false, host), chain, pool, log, "") {
    chain.add_given(user("me", "word"));
  }
  std::optional<base::Secret> header(const registry::Wanted& wanted) {
    registry::Authorizer::Trial trial;
    return std::move(authorizer.header(wanted, trial)).value();
  }
  http::AddressKind from = http::AddressKind::loopback;  // where the registry was dialled
  auto challenged(int token_port, const registry::Wanted& wanted, bool final = false, const std::string& more = {}) {
    http::Response refusal;
    refusal.status = 401;
    refusal.address = from;
    refusal.headers = {{"www-authenticate", "Bearer realm=\"http://localhost:" + std::to_string(token_port) +
                                                "/token\",service=\"s\"" + more}};
    registry::Authorizer::Trial trial;
    const auto sent = authorizer.header(wanted, trial).value();
    trial.renewed = final;
    return authorizer.answer(refusal, sent ? &*sent : nullptr, wanted, trial);
  }
};

template <typename... Sources>
std::vector<std::unique_ptr<registry::CredentialSource>> sources(Sources... each) {
  std::vector<std::unique_ptr<registry::CredentialSource>> all;
  (all.push_back(std::move(each)), ...);
  return all;
}

}  // namespace

TEST_CASE("authorizer: a challenge costs one exchange, and the token is used again") {
  ScriptedServer service({{token("t1")}});
  ScriptedServer server({{http_answer(401, "", challenge(service.port(), ",scope=\"repository:a/b:pull\""))},
                         {manifest_head()},
                         {manifest_head()}});
  Asking asking(server.host(), sources(user("me", "word")));
  CHECK(asking.head().has_value());
  CHECK(asking.head().has_value());
  const auto asked = service.received();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].target == "/token?service=s&scope=repository%3Aa%2Fb%3Apull%2Cpush&client_id=berth");
  CHECK(asked[0].header("authorization") == "Basic " + base::base64_encode("me:word"));
  const auto seen = server.received();
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].header("authorization").empty());
  CHECK(seen[1].header("authorization") == "Bearer t1");
  CHECK(seen[2].header("authorization") == "Bearer t1");
}

TEST_CASE("authorizer: a token that died is renewed once, and a second refusal is final") {
  ScriptedServer service({{token("t1")}, {token("t2")}, {token("t3")}});
  ScriptedServer server({{http_answer(401, "", challenge(service.port()))},
                         {manifest_head()},
                         {http_answer(401, "", challenge(service.port()))},
                         {manifest_head()},
                         {http_answer(401, "", challenge(service.port()))},
                         {http_answer(401, "", challenge(service.port()))}});
  Asking asking(server.host(), sources(user("me", "word")));
  CHECK(asking.head().has_value());
  CHECK(asking.head().has_value());
  const auto refused = asking.head();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == "auth.denied");
  CHECK(refused.error().error_class() == base::ErrorClass::denied);
  CHECK(server.received().size() == 7);  // and, for its words, GET
  // The fourth for nobody, once the one credential had failed.
  const auto asked = service.received();
  REQUIRE(asked.size() == 4);
  CHECK(asked[3].header("authorization").empty());
}

TEST_CASE("authorizer: what was found gives way to the next, each tried once") {
  ScriptedServer server({{http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")},
                         {http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")},
                         {manifest_head()}});
  base::Cancellation never;
  auto file = [&](const std::string& place, const std::string& password) {
    return std::make_unique<registry::AuthFile>(
        registry::AuthFile::Options{
            place,
            R"({"auths":{")" + server.host() + R"(":{"username":"me","password":")" + password + "\"}}}",
            false,
            {}},
        never);
  };
  Asking asking(server.host(), sources(std::unique_ptr<registry::CredentialSource>(file("first", "old")),
                                       std::unique_ptr<registry::CredentialSource>(file("second", "new"))));
  CHECK(asking.head().has_value());
  const auto seen = server.received();
  REQUIRE(seen.size() == 3);
  CHECK(seen[1].header("authorization") == "Basic " + base::base64_encode("me:old"));
  CHECK(seen[2].header("authorization") == "Basic " + base::base64_encode("me:new"));
}

TEST_CASE("authorizer: an identity token is exchanged with POST") {
  ScriptedServer service({{token("t1")}});
  ScriptedServer server({{http_answer(401, "", challenge(service.port()))}, {manifest_head()}});
  base::Cancellation never;
  auto file = std::make_unique<registry::AuthFile>(
      registry::AuthFile::Options{
          "TEXT", R"({"auths":{")" + server.host() + R"(":{"identitytoken":"it&x"}}})", false, {}},
      never);
  Asking asking(server.host(), sources(std::unique_ptr<registry::CredentialSource>(std::move(file))));
  CHECK(asking.head().has_value());
  const auto asked = service.received();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].method == "POST");
  CHECK(asked[0].header("authorization").empty());
  CHECK(
      asked[0].body ==
      "grant_type=refresh_token&service=s&client_id=berth&scope=repository%3Aa%2Fb%3Apull%2Cpush&refresh_token=it%26x");
}

TEST_CASE("authorizer: refusals of the token service are told apart") {
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
    ScriptedServer service({{one.answer}});
    ScriptedServer server({{http_answer(401, "", challenge(service.port()))}});
    Asking asking(server.host(), sources(user("me", "word")));
    const auto refused = asking.head();
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code() == code);
    if (refused.error().error_class() == base::ErrorClass::auth)
      CHECK(refused.error().cause().find("tried: the test (user me: refused)") != std::string::npos);
    CHECK(server.received().size() == 1);
  }
}

TEST_CASE("authorizer: the credential does not go where it may not") {
  ScriptedServer server(
      {{http_answer(401, "", "WWW-Authenticate: Bearer realm=\"http://127.0.0.9:1/token\",service=\"s\"\r\n")}});
  Asking asking(server.host(), sources(user("me", "word")));
  const auto refused = asking.head();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == "auth.realm");
}

TEST_CASE("authorizer: nobody logged in, and the token that strangers get is not enough") {
  ScriptedServer service({{token("anonymous")}});
  ScriptedServer server(
      {{http_answer(401, "", challenge(service.port()))}, {http_answer(401, "", challenge(service.port()))}});
  Asking asking(server.host());
  const auto refused = asking.head();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == "auth.required");
  CHECK(service.received().at(0).header("authorization").empty());
}

namespace {

// A source that gives "first", then what it has when it is asked again, and counts.
class Renewing final : public registry::CredentialSource {
 public:
  struct Asked {
    int expired = 0;
    int refused = 0;
  };
  Renewing(std::vector<std::string> later, std::chrono::milliseconds lifetime, Asked& asked)
      : later_(std::move(later)), lifetime_(lifetime), asked_(asked) {}
  [[nodiscard]] std::string place() const override { return "the flavor"; }
  base::Result<std::optional<registry::Credential>> find(const registry::CredentialQuestion&) override {
    return credential("first");
  }
  base::Result<std::optional<registry::Credential>> again(const registry::CredentialQuestion&, bool refused) override {
    ++(refused ? asked_.refused : asked_.expired);
    if (later_.empty()) return std::optional<registry::Credential>();
    const std::string password = later_.front();
    later_.erase(later_.begin());
    if (password == "broken") return base::Error(base::ErrorClass::plugin, "plugin.ended", "it crashed");
    return credential(password);
  }

 private:
  std::optional<registry::Credential> credential(const std::string& password) {
    return registry::Credential{"me", base::Secret(password), "from " + password, registry::Credential::Kind::password,
                                std::chrono::steady_clock::now() + lifetime_};
  }
  std::vector<std::string> later_;
  std::chrono::milliseconds lifetime_;
  Asked& asked_;
};

constexpr std::chrono::hours kLasting{1};

std::unique_ptr<registry::CredentialSource> renewing(std::vector<std::string> later, std::chrono::milliseconds lifetime,
                                                     Renewing::Asked& asked) {
  return std::make_unique<Renewing>(std::move(later), lifetime, asked);
}

std::string basic_of(const std::string& password) { return "Basic " + base::base64_encode("me:" + password); }

const std::string& basic_refusal() {
  static const std::string answer = http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n");
  return answer;
}

}  // namespace

TEST_CASE("authorizer: a source that can is asked again, once for each request that was refused") {
  Renewing::Asked asked;
  ScriptedServer server({{basic_refusal()},
                         {manifest_head()},
                         {basic_refusal()},
                         {manifest_head()},
                         {basic_refusal()},
                         {basic_refusal()},
                         {manifest_head()}});
  Asking asking(server.host(), sources(renewing({"second", "third"}, kLasting, asked), user("me", "of the next")));
  CHECK(asking.head().has_value());
  CHECK(asked.refused == 0);
  CHECK(asking.head().has_value());
  CHECK(asked.refused == 1);
  CHECK(asking.head().has_value());
  CHECK(asked.refused == 2);
  const auto seen = server.received();
  REQUIRE(seen.size() == 7);
  CHECK(seen[3].header("authorization") == basic_of("second"));
  CHECK(seen[5].header("authorization") == basic_of("third"));
  CHECK(seen[6].header("authorization") == basic_of("of the next"));
  CHECK(asked.expired == 0);
}

TEST_CASE("authorizer: a source that has nothing new, or gives the same again, ends it; a broken one is named") {
  for (const auto& [again, code] :
       {std::pair("", "auth.refused"), {"first", "auth.refused"}, {"broken", "plugin.ended"}}) {
    const std::string word = again;
    CAPTURE(word);
    Renewing::Asked asked;
    ScriptedServer server({{basic_refusal()}, {basic_refusal()}});
    Asking asking(server.host(),
                  sources(renewing(word.empty() ? std::vector<std::string>() : std::vector{word}, kLasting, asked)));
    const auto refused = asking.head();
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code() == code);
    CHECK(asked.refused == 1);
    CHECK(server.received().size() == (word == "broken" ? 2 : 3));  // the last for its words
  }
}

TEST_CASE("authorizer: what is about to end is renewed before it is sent, and asked for once") {
  Renewing::Asked asked;
  ScriptedServer server({{basic_refusal()}, {manifest_head()}, {manifest_head()}, {manifest_head()}});
  Asking asking(server.host(), sources(renewing({"second"}, std::chrono::milliseconds(-1), asked)));
  for (int i = 0; i < 3; ++i) CHECK(asking.head().has_value());
  const auto seen = server.received();
  REQUIRE(seen.size() == 4);
  CHECK(seen[1].header("authorization") == basic_of("second"));
  CHECK(seen[3].header("authorization") == basic_of("second"));
  CHECK(asked.expired == 2);  // the second has ended, too, and there is no third
  CHECK(asked.refused == 0);
}

TEST_CASE("authorizer: what the token service refuses is asked for again, also when a token is renewed") {
  Renewing::Asked asked;
  ScriptedServer service(
      {{http_answer(401, "")}, {token("t1")}, {http_answer(401, "")}, {http_answer(401, "")}, {token("t2")}});
  ScriptedServer server({{http_answer(401, "", challenge(service.port()))},
                         {manifest_head()},
                         {http_answer(401, "", challenge(service.port()))},
                         {manifest_head()}});
  Asking asking(server.host(), sources(renewing({"second", "third"}, kLasting, asked), user("me", "of the next")));
  CHECK(asking.head().has_value());
  CHECK(asking.head().has_value());
  CHECK(asked.refused == 2);
  const auto exchanges = service.received();
  REQUIRE(exchanges.size() == 5);
  CHECK(exchanges[1].header("authorization") == basic_of("second"));
  CHECK(exchanges[3].header("authorization") == basic_of("third"));
  CHECK(exchanges[4].header("authorization") == basic_of("of the next"));
}

TEST_CASE("authorizer: among what was found every refusal moves on, in the end to nobody") {
  ScriptedServer service([](const test::Received& asked) {
    const auto who = asked.header("authorization");
    if (who.empty()) return test::Scripted{token("nobody")};
    return test::Scripted{who == "Basic " + base::base64_encode("third:3") ? token("t3") : http_answer(401, "")};
  });
  auto registry_that_takes = [&](const std::string& wanted) {
    return [&service, wanted](const test::Received& asked) {
      return test::Scripted{asked.header("authorization") == wanted ? manifest_head()
                                                                    : http_answer(401, "", challenge(service.port()))};
    };
  };
  ScriptedServer takes_third(registry_that_takes("Bearer t3"));
  Asking third(takes_third.host(),
               sources(user("first", "1"), user("second", "2"), user("third", "3"), user("fourth", "4")));
  CHECK(third.head().has_value());
  CHECK(third.chain.tried_words() ==
        "tried: the test (user first: refused), the test (user second: refused), the test (user third)");
  CHECK(takes_third.received().size() == 2);
  CHECK(service.received().size() == 3);

  ScriptedServer takes_nobody(registry_that_takes("Bearer nobody"));
  Asking nobody(takes_nobody.host(), sources(user("first", "1"), user("second", "2")));
  CHECK(nobody.head().has_value());
  CHECK(service.received().size() == 6);

  // Who is told who to be does not become nobody.
  Asking only(takes_nobody.host(), sources(user("first", "1")), "first");
  const auto refused = only.head();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == "auth.refused");
}

TEST_CASE("authorizer: of several refusals the one that got furthest is told, with every place") {
  ScriptedServer service([](const test::Received& asked) {
    const auto who = asked.header("authorization");
    return test::Scripted{who == "Basic " + base::base64_encode("second:2") ? token("t2") : http_answer(401, "")};
  });
  ScriptedServer server(
      [&](const test::Received&) { return test::Scripted{http_answer(401, "", challenge(service.port()))}; });
  Asking asking(server.host(), sources(user("first", "1"), user("second", "2"), user("third", "3")));
  const auto refused = asking.head();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == "auth.denied");
  CHECK(refused.error().message().find("second") != std::string::npos);
  CHECK(service.received().size() == 4);
  CHECK(server.received().size() == 3);  // the last for its words
}

TEST_CASE("authorizer: what was given and is not there is said, not replaced") {
  ScriptedServer server([](const test::Received&) {
    return test::Scripted{http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")};
  });
  Asking given(server.host());
  given.chain.add_given(std::make_unique<Empty>());
  const auto missing = given.head();
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code() == "auth.not-given");
  CHECK(missing.error().error_class() == base::ErrorClass::auth);
  CHECK(missing.error().cause() == "tried: an empty place (none)");
  Asking named(server.host(), sources(std::make_unique<Empty>()), "somebody");
  const auto unknown = named.head();
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().code() == "auth.not-given");
}

TEST_CASE("authorizer: a token service at an address where the registry may not lead is not asked") {
  ScriptedServer service([](const test::Received&) { return test::Scripted{http_answer(200, R"({"token":"t"})")}; });
  const registry::Wanted wanted{"repository:a/b:pull"};
  for (const auto from : {http::AddressKind::global, http::AddressKind::private_network}) {
    Alone alone("localhost:1");
    alone.from = from;
    const auto refused = alone.challenged(service.port(), wanted);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code() == "auth.realm");
    CHECK(refused.error().error_class() == base::ErrorClass::auth);
  }
  CHECK(service.connections() == 0);
}

TEST_CASE("authorizer: too little scope is mended once, and remembered") {
  const std::string more = ",error=\"insufficient_scope\",scope=\"repository:a/b:delete,pull\"";
  ScriptedServer service([](const test::Received&) { return test::Scripted{token("t")}; });
  Alone alone("localhost:1");
  const registry::Wanted wanted{"repository:a/b:pull"};
  REQUIRE(alone.challenged(service.port(), wanted).has_value());
  CHECK(alone.challenged(service.port(), wanted, true, more).has_value());
  CHECK(service.received().back().target.find("scope=repository%3Aa%2Fb%3Adelete%2Cpull&") != std::string::npos);
  const auto again = alone.challenged(service.port(), wanted, true, more);
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code() == "auth.denied");
  // The token that died is asked for with all that was needed.
  CHECK(alone.challenged(service.port(), wanted).has_value());
  CHECK(service.received().back().target.find("delete%2Cpull") != std::string::npos);
  CHECK(service.received().size() == 3);
}

TEST_CASE("authorizer: the scope to mount from is asked for along, and left out where that is refused") {
  const registry::Wanted mount{"repository:a/b:pull,push", "repository:c/d:pull"};
  ScriptedServer generous([](const test::Received&) { return test::Scripted{token("both")}; });
  Alone alone("localhost:1");
  REQUIRE(alone.challenged(generous.port(), mount).has_value());
  CHECK(alone.header(mount)->reveal() == "Bearer both");
  REQUIRE(generous.received().size() == 1);
  CHECK(generous.received()[0].target ==
        "/token?service=s&scope=repository%3Aa%2Fb%3Apull%2Cpush&scope=repository%3Ac%2Fd%3Apull&client_id=berth");
  // Serves whoever needs less; another set of scopes is another token.
  CHECK(alone.header({"repository:a/b:pull"})->reveal() == "Bearer both");
  CHECK(generous.received().size() == 1);
  CHECK(alone.header({"repository:a/b:delete"}).has_value());
  CHECK(generous.received().size() == 2);

  for (const int status : {400, 401, 403}) {
    CAPTURE(status);
    ScriptedServer strict([status](const test::Received& asked) {
      const bool both = asked.target.find("c%2Fd") != std::string::npos;
      return test::Scripted{both ? http_answer(status, "") : token("one")};
    });
    Alone other("localhost:1");
    REQUIRE(other.challenged(strict.port(), mount).has_value());
    CHECK(other.header(mount)->reveal() == "Bearer one");
    // Remembered: a token that died costs one exchange.
    REQUIRE(other.challenged(strict.port(), mount).has_value());
    CHECK(strict.received().size() == 3);
  }
}

TEST_CASE("authorizer: a service without the usual way is asked the other way, and may renew an identity token") {
  auto only = [](const std::string& method, int otherwise) {
    return [method, otherwise](const test::Received& asked) {
      return test::Scripted{asked.method == method ? http_answer(200, R"({"token":"t","refresh_token":"new"})")
                                                   : http_answer(otherwise, "")};
    };
  };
  base::Cancellation never;
  base::SilentLog log;
  http::ClientPool pool({}, never, log);
  const registry::Credential identity{"", base::Secret("it"), "a test", registry::Credential::Kind::identity_token};
  const registry::Credential password{"me", base::Secret("w&d"), "a test", registry::Credential::Kind::password};
  ScriptedServer get_alone(only("GET", 404));
  CHECK(registry::fetch_token(pool, "r", {get_alone.url("/token"), "s", {}}, &identity).has_value());
  CHECK(get_alone.received()[1].header("authorization") == "Basic " + base::base64_encode("<token>:it"));
  ScriptedServer post_alone(only("POST", 405));
  CHECK(registry::fetch_token(pool, "r", {post_alone.url("/token"), "s", {"x:y:z"}}, &password).has_value());
  CHECK(post_alone.received()[1].body ==
        "grant_type=password&service=s&client_id=berth&scope=x%3Ay%3Az&username=me&password=w%26d");
  const auto renewed = registry::fetch_token(pool, "r", {post_alone.url("/token"), "s", {}}, &identity);
  REQUIRE(renewed.has_value());
  CHECK(renewed->identity->reveal() == "new");
}

TEST_CASE("scopes: each resource once, its actions united") {
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
  CHECK(listed({"repository:h:5000/a:pull", "repository:h:5000/a:push"}) == "repository:h:5000/a:pull,push");
  CHECK(listed({"registry:catalog:*"}) == "registry:catalog:*");
  CHECK(listed({"aws", "", "  "}) == "aws");
  CHECK(listed({std::string(5000, 'a').c_str()}).empty());
  CHECK(registry::ScopeSet("a:b:x,y").covers(registry::ScopeSet("a:b:y")));
  CHECK_FALSE(registry::ScopeSet("a:b:x").covers(registry::ScopeSet("a:b:y")));
  CHECK(registry::ScopeSet("a:b:*").covers(registry::ScopeSet("a:b:y")));
}
