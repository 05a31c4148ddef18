// One session's authentication against a scripted registry and token service.
#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "base/log.hpp"
#include "registry/auth_file.hpp"
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
  explicit Asking(const std::string& host, std::vector<std::unique_ptr<registry::CredentialSource>> found = {})
      : chain({host, "a/b"}), session({host, false, {}, "pull,push"}, with(std::move(found)), never, log) {}
  CredentialChain& with(std::vector<std::unique_ptr<registry::CredentialSource>> found) {
    for (auto& source : found) chain.add_found(std::move(source));
    return chain;
  }
  auto head() { return session.head_manifest("a/b", "1"); }
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
  CHECK(asked[0].target ==
        "/token?service=s&scope=repository%3Aa%2Fb%3Apull&scope=repository%3Aa%2Fb%3Apull%2Cpush&client_id=berth");
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
  CHECK(server.received().size() == 6);
  CHECK(service.received().size() == 3);
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
  const std::vector<Case> cases{{http_answer(401, ""), "auth.refused"},
                                {http_answer(403, ""), "auth.denied"},
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
    CHECK(server.received().size() == 2);
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
