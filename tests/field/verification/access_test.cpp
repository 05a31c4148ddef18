// Logins that are wrong, only permit to read, or were never required; see ../README.md.
#include <atomic>
#include <mutex>

#include "bench.hpp"

using namespace berth;
using test::api_error_answer;
using test::Bench;
using test::contains;
using test::MemoryRegistry;
using test::Received;
using test::Scripted;

namespace {

const std::string kBasic = "WWW-Authenticate: Basic realm=\"registry\"\r\n";
const std::string kTags = R"({"name":"a/b","tags":["1"]})";

bool is_tag_list(const Received& request) { return contains(request.target, "/tags/list"); }

bool is_good(const Received& request) {
  return request.header("authorization") == test::good_basic();
}

std::optional<Scripted> granted(const std::string& actions) {
  return test::token_answer(test::token_with(actions));
}

// Requires tokens, which grant `actions` (of the anonymous: `anonymous`, "opaque" for a token
// without claims).
struct TokenRegistry {
  std::string actions = R"("pull")";
  std::string anonymous = R"("pull")";
  bool has_tags = true;
  std::vector<std::string> tokens{};  // targets of token requests
  std::mutex lock{};  // for the members above: the server calls from its own threads

  void set_actions(const std::string& granted_actions) {
    const std::lock_guard guard(lock);
    actions = granted_actions;
  }
  std::vector<std::string> requests() {
    const std::lock_guard guard(lock);
    return tokens;
  }
  std::optional<Scripted> operator()(const Received& request) {
    const std::lock_guard guard(lock);
    if (test::is_token_request(request)) {
      tokens.push_back(request.target);
      if (request.header("authorization").empty())
        return anonymous == "opaque" ? test::token_answer("opaque") : granted(anonymous);
      return is_good(request) ? granted(actions) : api_error_answer(401, "UNAUTHORIZED");
    }
    if (request.header("authorization").empty())
      return api_error_answer(401, "UNAUTHORIZED", test::bearer_challenge(request));
    if (is_tag_list(request) && has_tags) return Scripted{test::http_answer(200, kTags)};
    return std::nullopt;
  }
};

MemoryRegistry::Before with(TokenRegistry& registry) {
  return
      [&registry](const Received& request, const std::string&, int) { return registry(request); };
}

std::size_t count_writes(MemoryRegistry& registry) {
  const auto received = registry.server().received();
  return static_cast<std::size_t>(std::ranges::count_if(received, test::is_write));
}

}  // namespace

TEST_CASE("check: a wrong login is reported even if everything that it reads is public") {
  // Rejects wrong credentials everywhere, but requires credentials only for a push.
  MemoryRegistry registry(
      [](const Received& request, const std::string&, int) -> std::optional<Scripted> {
        const bool rejected = !request.header("authorization").empty() && !is_good(request);
        if (rejected || (test::is_write(request) && !is_good(request)))
          return api_error_answer(401, "UNAUTHORIZED", kBasic);
        if (is_tag_list(request)) return Scripted{test::http_answer(200, kTags)};
        return std::nullopt;
      });
  const auto host = registry.server().host();
  const Bench bench;
  bench.write_credentials(host, "wrong");
  const auto failed = bench.check(host);
  CHECK(failed.status == 4);
  CHECK(failed.error("code") == "auth.refused");
  CHECK(contains(failed.error("message"), "user alice"));
  CHECK(contains(failed.error("cause"), "docker/config.json"));

  bench.write_credentials(host);
  const auto passed = bench.check(host);
  CHECK_MESSAGE(passed.status == 0, passed.error_output);
  CHECK(passed.has_finding("check.credentials-unverified"));
  CHECK(contains(passed.error_output, "credentials were not verified"));
  const auto probed = bench.check(host, {"--probe"});
  CHECK(probed.status == 0);
  CHECK_FALSE(probed.has_finding("check.credentials-unverified"));
  CHECK(probed.document.find("access")->string_or("login", "") == "verified");
}

TEST_CASE("check: a token service that rejects the login, or grants it only pull") {
  TokenRegistry tokens;
  MemoryRegistry registry(with(tokens));
  const auto host = registry.server().host();
  const Bench bench;
  bench.write_credentials(host, "wrong");
  const auto rejected = bench.check(host);
  CHECK(rejected.status == 4);
  CHECK(rejected.error("code") == "auth.refused");

  bench.write_credentials(host);
  const auto denied = bench.check(host);
  CHECK(denied.status == 5);
  CHECK(denied.error("code") == "auth.denied");
  CHECK(contains(denied.error("message"), "user alice is not authorized to push to a/b"));
  CHECK(contains(denied.error("cause"), "requested pull,push; granted pull"));

  tokens.set_actions(R"("pull","push")");
  const auto passed = bench.check(host);
  CHECK_MESSAGE(passed.status == 0, passed.error_output);
  CHECK(passed.document.find("access")->string_or("login", "") == "verified");
  CHECK(passed.document.find("access")->string_or("push", "") == "granted");
  CHECK(count_writes(registry) == 0);
}

TEST_CASE(
    "check: requests no token for pushing to a repository that may not exist, unless it may "
    "probe") {
  TokenRegistry tokens{.actions = R"("pull","push")", .has_tags = false};
  MemoryRegistry registry(with(tokens));
  const Bench bench;
  bench.write_credentials(registry.server().host());
  const auto checked = bench.check(registry.server().host());
  CHECK_MESSAGE(checked.status == 0, checked.error_output);
  CHECK(checked.document.find("access")->string_or("login", "") == "verified");
  CHECK(checked.document.find("access")->string_or("push", "") == "unknown");
  for (const auto& target : tokens.requests()) CHECK_FALSE(contains(target, "push"));
  CHECK(bench.check(registry.server().host(), {"--probe"})
            .document.find("access")
            ->string_or("push", "") == "granted");
}

TEST_CASE("check: without credentials only an anonymous token that grants push is enough") {
  for (const std::string anonymous : {R"("pull")", "", "opaque", R"("pull","push")"}) {
    CAPTURE(anonymous);
    TokenRegistry tokens{.anonymous = anonymous};
    MemoryRegistry registry(with(tokens));
    const Bench bench;
    const auto checked = bench.check(registry.server().host());
    if (contains(anonymous, "push")) {
      CHECK_MESSAGE(checked.status == 0, checked.error_output);
      continue;
    }
    CHECK(checked.status == 4);
    CHECK(checked.error("code") == "auth.required");
    CHECK(contains(checked.error("cause"), "tried: "));
    CHECK(contains(checked.error("registry"), "anonymous token"));
    CHECK(contains(checked.error("fix"), "berth login"));
  }
}

TEST_CASE("push: a token that does not grant push is reported before an upload is opened") {
  for (const bool anonymous : {false, true}) {
    CAPTURE(anonymous);
    for (const std::string actions : {R"("pull")", ""}) {
      TokenRegistry tokens{.actions = actions, .anonymous = actions};
      MemoryRegistry registry(with(tokens));
      const auto host = registry.server().host();
      const Bench bench;
      if (!anonymous) bench.write_credentials(host);
      const auto failed = bench.push(host);
      CHECK(failed.status == (anonymous ? 4 : 5));
      CHECK(failed.error("code") == (anonymous ? "auth.required" : "auth.denied"));
      CHECK(contains(failed.error("cause"),
                     anonymous ? "no credentials for" : "requested pull,push; granted "));
      for (const auto& request : registry.server().received())
        if (test::is_write(request)) CHECK(request.header("authorization").empty());
      CHECK(tokens.requests().size() <= 2);
      CHECK(test::is_empty(registry));
    }
  }
}

TEST_CASE(
    "push: a token that lacks push is replaced once, for a repository that was created since") {
  std::atomic<int> tokens = 0;
  MemoryRegistry registry(
      [&](const Received& request, const std::string&, int) -> std::optional<Scripted> {
        if (test::is_token_request(request))
          return granted(++tokens == 1 ? R"("pull")" : R"("pull","push")");
        if (request.header("authorization").empty())
          return api_error_answer(401, "UNAUTHORIZED", test::bearer_challenge(request));
        return std::nullopt;
      });
  const Bench bench;
  bench.write_credentials(registry.server().host());
  const auto pushed = bench.push(registry.server().host());
  CHECK_MESSAGE(pushed.status == 0, pushed.error_output);
  CHECK(tokens == 2);
}

TEST_CASE("push: a registry that challenges only GET /v2/ gets the credentials") {
  for (const int status : {401, 403, 404}) {
    CAPTURE(status);
    for (const bool with_tokens : {false, true}) {
      CAPTURE(with_tokens);
      MemoryRegistry registry(
          [&](const Received& request, const std::string&, int) -> std::optional<Scripted> {
            if (test::is_token_request(request)) return granted(R"("pull","push")");
            if (!request.header("authorization").empty()) return std::nullopt;
            if (request.target != "/v2/") return Scripted{test::http_answer(status)};
            return api_error_answer(401, "UNAUTHORIZED",
                                    with_tokens ? test::bearer_challenge(request) : kBasic);
          });
      const auto host = registry.server().host();
      const Bench bench;
      bench.write_credentials(host);
      const auto pushed = bench.push(host);
      CHECK_MESSAGE(pushed.status == 0, pushed.error_output);
      CHECK(pushed.verified());
      // The tag, which is hidden from unauthenticated requests, is not taken for absent.
      test::write_layout(bench.directory, "other", "1", {"three"});
      const auto kept = bench.push(host, {"--no-clobber"}, "oci:" + (bench.directory / "other"));
      CHECK(kept.status == 3);
      CHECK(kept.error("code") == "push.exists");
    }
  }
}
