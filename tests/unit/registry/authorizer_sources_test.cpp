// Sources of a client's credentials: refresh, fallback to the next source, and anonymous access.
#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "unit/registry/authorizer_fixture.hpp"

using namespace berth;
using namespace berth::test;

namespace {

// A source without credentials.
struct Empty final : registry::CredentialSource {
  [[nodiscard]] std::string location() const override { return "an empty place"; }
  base::Result<std::optional<registry::Credential>> find(
      const registry::CredentialRequest&) override {
    return std::optional<registry::Credential>();
  }
};

// A source that returns "first", then `again` on refresh, and counts its calls.
class Renewing final : public registry::CredentialSource {
 public:
  struct Asked {
    int expired = 0;
    int refused = 0;
    int rejections = 0;
  };
  Renewing(std::vector<std::string> later, std::chrono::milliseconds lifetime, Asked& asked)
      : later_(std::move(later)), lifetime_(lifetime), asked_(asked) {}
  [[nodiscard]] std::string location() const override { return "the flavor"; }
  base::Result<std::optional<registry::Credential>> find(
      const registry::CredentialRequest&) override {
    return credential("first");
  }
  base::Result<std::optional<registry::Credential>> refresh(const registry::CredentialRequest&,
                                                            bool refused) override {
    ++(refused ? asked_.refused : asked_.expired);
    if (later_.empty()) return std::optional<registry::Credential>();
    const std::string password = later_.front();
    later_.erase(later_.begin());
    if (password == "broken")
      return base::Error(base::ErrorClass::plugin, "plugin.ended", "it crashed");
    return credential(password);
  }

  [[nodiscard]] bool recognises_expiry() const override { return true; }
  base::Result<bool> is_expired(const registry::Rejection& rejection) override {
    ++asked_.rejections;
    return rejection.message.find("has expired") != std::string::npos &&
           rejection.repository == "a/b";
  }

 private:
  std::optional<registry::Credential> credential(const std::string& password) {
    return registry::Credential{"me", base::Secret(password), "from " + password,
                                registry::Credential::Kind::password,
                                std::chrono::steady_clock::now() + lifetime_};
  }
  std::vector<std::string> later_;
  std::chrono::milliseconds lifetime_;
  Asked& asked_;
};

constexpr std::chrono::hours kLasting{1};

std::unique_ptr<registry::CredentialSource> renewing(std::vector<std::string> later,
                                                     std::chrono::milliseconds lifetime,
                                                     Renewing::Asked& asked) {
  return std::make_unique<Renewing>(std::move(later), lifetime, asked);
}

std::string basic_of(const std::string& password) {
  return "Basic " + base::base64_encode("me:" + password);
}

const std::string& basic_refusal() {
  static const std::string answer = http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n");
  return answer;
}

}  // namespace

TEST_CASE("authorizer: refreshes a credential once for each rejected request") {
  Renewing::Asked asked;
  ScriptedServer server({{basic_refusal()},
                         {manifest_head()},
                         {basic_refusal()},
                         {manifest_head()},
                         {basic_refusal()},
                         {basic_refusal()},
                         {manifest_head()}});
  Asking asking(server.host(),
                sources(renewing({"second", "third"}, kLasting, asked), user("me", "of the next")));
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

TEST_CASE("authorizer: stops if a source returns no new credential; reports a broken source") {
  for (const auto& [again, code] :
       {std::pair("", "auth.refused"), {"first", "auth.refused"}, {"broken", "plugin.ended"}}) {
    const std::string second = again;
    CAPTURE(second);
    Renewing::Asked asked;
    ScriptedServer server({{basic_refusal()}, {basic_refusal()}});
    Asking asking(server.host(), sources(renewing(second.empty() ? std::vector<std::string>()
                                                                 : std::vector{second},
                                                  kLasting, asked)));
    const auto refused = asking.head();
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code() == code);
    CHECK(asked.refused == 1);
    CHECK(server.received().size() ==
          (second == "broken" ? 2 : 3));  // the last for the error message
  }
}

TEST_CASE("authorizer: refreshes a credential once if its source recognises a 403 as expiry") {
  const std::string expired = http_answer(
      403, R"({"errors":[{"code":"DENIED","message":"Your authorization token has expired."}]})");
  Renewing::Asked asked;
  SUBCASE("in the middle of an upload, with its body again") {
    const std::string started = http_answer(202, "", "Location: /v2/a/b/blobs/uploads/1\r\n");
    ScriptedServer server({{basic_refusal()}, {started}, {expired}, {started}});
    Asking asking(server.host(), sources(renewing({"second", "third"}, kLasting, asked)));
    auto upload = asking.client.uploads().start("a/b", nullptr).value().upload;
    CHECK(asking.client.uploads().patch_chunk("a/b", upload, "bytes").has_value());
    const auto seen = server.received();
    REQUIRE(seen.size() == 4);
    CHECK(seen[2].header("authorization") == basic_of("first"));
    CHECK(seen[3].header("authorization") == basic_of("second"));
    CHECK(seen[3].body == "bytes");
    CHECK(asked.refused == 1);
  }
  SUBCASE("to HEAD, which has no body: GET returns the reason") {
    ScriptedServer server({{basic_refusal()}, {http_answer(403)}, {expired}, {manifest_head()}});
    Asking asking(server.host(), sources(renewing({"second"}, kLasting, asked)));
    CHECK(asking.head().has_value());
    const auto seen = server.received();
    REQUIRE(seen.size() == 4);
    CHECK(seen[2].method == "GET");
    CHECK(seen[2].target == "/v2/");
    CHECK(seen[2].header("authorization") == basic_of("first"));
    CHECK(seen[3].header("authorization") == basic_of("second"));
  }
  SUBCASE("again: denied") {
    ScriptedServer server({{basic_refusal()}, {expired}, {expired}});
    Asking asking(server.host(), sources(renewing({"second", "third"}, kLasting, asked)));
    const auto denied = asking.client.uploads().start("a/b", nullptr);
    CHECK(denied.error().code() == "push.blob-denied");
    CHECK(denied.error().registry().find("has expired") != std::string::npos);
    CHECK(asked.refused == 1);
    CHECK(server.received().size() == 3);
  }
  SUBCASE("any other 403 is final") {
    ScriptedServer server({{basic_refusal()},
                           {http_answer(403, R"({"errors":[{"code":"DENIED","message":"no"}]})")}});
    Asking asking(server.host(),
                  sources(renewing({"second"}, kLasting, asked), user("me", "of the next")));
    CHECK(asking.client.uploads().start("a/b", nullptr).error().code() == "push.blob-denied");
    CHECK(asked.rejections == 1);
    CHECK(asked.refused == 0);
    CHECK(server.received().size() == 2);
  }
}

TEST_CASE("authorizer: refreshes an expiring credential once before it is sent") {
  Renewing::Asked asked;
  ScriptedServer server(
      {{basic_refusal()}, {manifest_head()}, {manifest_head()}, {manifest_head()}});
  Asking asking(server.host(), sources(renewing({"second"}, std::chrono::milliseconds(-1), asked)));
  for (int i = 0; i < 3; ++i) CHECK(asking.head().has_value());
  const auto seen = server.received();
  REQUIRE(seen.size() == 4);
  CHECK(seen[1].header("authorization") == basic_of("second"));
  CHECK(seen[3].header("authorization") == basic_of("second"));
  CHECK(asked.expired == 2);  // the second has expired, too, and no other one exists
  CHECK(asked.refused == 0);
}

TEST_CASE(
    "authorizer: refreshes a credential that the token service rejects, also for a new token") {
  Renewing::Asked asked;
  RegistryWithTokens server(in_order({{http_answer(401, "", challenge())},
                                      {manifest_head()},
                                      {http_answer(401, "", challenge())},
                                      {manifest_head()}}),
                            in_order({{http_answer(401, "")},
                                      {token("t1")},
                                      {http_answer(401, "")},
                                      {http_answer(401, "")},
                                      {token("t2")}}));
  Asking asking(server.host(),
                sources(renewing({"second", "third"}, kLasting, asked), user("me", "of the next")));
  CHECK(asking.head().has_value());
  CHECK(asking.head().has_value());
  CHECK(asked.refused == 2);
  const auto exchanges = server.exchanges();
  REQUIRE(exchanges.size() == 5);
  CHECK(exchanges[1].header("authorization") == basic_of("second"));
  CHECK(exchanges[3].header("authorization") == basic_of("third"));
  CHECK(exchanges[4].header("authorization") == basic_of("of the next"));
}

TEST_CASE("authorizer: tries every discovered credential once, and no anonymous token instead") {
  const auto service = [](const test::Received& asked) {
    const auto who = asked.header("authorization");
    if (who.empty()) return test::Scripted{token("anonymous")};
    return test::Scripted{who == "Basic " + base::base64_encode("third:3") ? token("t3")
                                                                           : http_answer(401, "")};
  };
  auto registry_that_takes = [&](const std::string& wanted) {
    return [wanted](const test::Received& asked) {
      return test::Scripted{asked.header("authorization") == wanted
                                ? manifest_head()
                                : http_answer(401, "", challenge())};
    };
  };
  RegistryWithTokens takes_third(registry_that_takes("Bearer t3"), service);
  Asking third(takes_third.host(), sources(user("first", "1"), user("second", "2"),
                                           user("third", "3"), user("fourth", "4")));
  CHECK(third.head().has_value());
  CHECK(third.chain.describe_attempts() ==
        "tried: the test (user first: rejected), the test (user second: rejected), the test (user "
        "third)");
  CHECK(takes_third.received().size() == 2);
  CHECK(takes_third.exchanges().size() == 3);

  RegistryWithTokens takes_anonymous(registry_that_takes("Bearer anonymous"), service);
  Asking rejected(takes_anonymous.host(), sources(user("first", "1"), user("second", "2")));
  const auto refused = rejected.head();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == "auth.refused");
  CHECK(refused.error().cause().find(
            "tried: the test (user first: rejected), the test (user second: rejected)") !=
        std::string::npos);
  CHECK(refused.error().fix() == "berth login " + takes_anonymous.host());
  CHECK(takes_anonymous.exchanges().size() == 2);
  // Later requests fail immediately.
  CHECK(rejected.head().error().code() == "auth.refused");
  CHECK(takes_anonymous.exchanges().size() == 2);
  CHECK(takes_anonymous.received().size() == 2);  // the second for the message

  Asking anonymous(takes_anonymous.host());
  CHECK(anonymous.head().has_value());
}

TEST_CASE("authorizer: reports the rejection that got furthest, with every tried source") {
  RegistryWithTokens server(
      [](const test::Received&) { return test::Scripted{http_answer(401, "", challenge())}; },
      [](const test::Received& asked) {
        const auto who = asked.header("authorization");
        return test::Scripted{
            who == "Basic " + base::base64_encode("second:2") ? token("t2") : http_answer(401, "")};
      });
  Asking asking(server.host(),
                sources(user("first", "1"), user("second", "2"), user("third", "3")));
  const auto refused = asking.head();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == "auth.denied");
  CHECK(refused.error().message().find("second") != std::string::npos);
  CHECK(server.exchanges().size() == 4);
  CHECK(server.received().size() ==
        4);  // without a token, with two of the second user, and for the message
}

TEST_CASE("authorizer: an explicit credential that is missing is an error, not replaced") {
  ScriptedServer server([](const test::Received&) {
    return test::Scripted{http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")};
  });
  Asking given(server.host());
  given.chain.add_explicit(std::make_unique<Empty>());
  const auto missing = given.head();
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code() == "auth.not-given");
  CHECK(missing.error().error_class() == base::ErrorClass::auth);
  CHECK(missing.error().cause() == "tried: an empty place (none)");
  Asking named(server.host(), sources(std::make_unique<Empty>()), "alice");
  const auto unknown = named.head();
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().code() == "auth.not-given");
}
