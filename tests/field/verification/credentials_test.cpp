// Refused requests, rejected credentials and token services as public bug reports have them; see
// ../README.md.
#include <atomic>

#include "bench.hpp"
#include "support/free_port.hpp"

using namespace berth;
using test::api_error_answer;
using test::Bench;
using test::contains;
using test::MemoryRegistry;
using test::Received;
using test::Scripted;
using test::ScriptedServer;

namespace {

// More requests than this mean that berth repeats refused requests.
constexpr std::size_t kBounded = 20;

bool has_no_authorization(const Received& request) {
  return request.header("authorization").empty();
}

// A token service that accepts the good password, and without credentials issues a token that may
// do everything.
std::optional<Scripted> token_service(const Received& request) {
  if (!test::is_token_request(request)) return std::nullopt;
  if (!has_no_authorization(request) && request.header("authorization") != test::good_basic())
    return api_error_answer(401, "UNAUTHORIZED");
  return test::token_answer(test::token_with(R"("pull","push")"));
}

}  // namespace

TEST_CASE(
    "credentials: HEAD of a new repository that is refused does not disable the credentials") {
  for (const int status : {401, 403}) {
    CAPTURE(status);
    const Bench bench;
    bool exists = false;
    MemoryRegistry registry(
        [&](const Received& request, const std::string& kind, int) -> std::optional<Scripted> {
          if (auto token = token_service(request)) return token;
          if (has_no_authorization(request))
            return api_error_answer(401, "UNAUTHORIZED", test::bearer_challenge(request));
          if (kind == "manifest") exists = true;
          if (exists || !test::is_manifest_read(request)) return std::nullopt;
          return api_error_answer(status, status == 401 ? "UNAUTHORIZED" : "DENIED",
                                  status == 401 ? test::bearer_challenge(request) : "");
        });
    bench.write_credentials(registry.server().host());
    const auto pushed = bench.push(registry.server().host());
    CHECK_MESSAGE(pushed.status == 0, pushed.error_output);
    CHECK(pushed.verified());
    CHECK(test::sha256(test::stored_manifest(registry, "1")) == bench.digest);
    for (const auto& request : registry.server().received()) {
      if (test::is_token_request(request))
        CHECK(request.header("authorization") == test::good_basic());
      if (test::is_write(request)) CHECK(request.header("authorization").starts_with("Bearer "));
    }
  }
}

TEST_CASE(
    "credentials: rejected ones are named with their file, and are not replaced by an anonymous "
    "push") {
  const Bench bench;
  MemoryRegistry with_tokens(
      [](const Received& request, const std::string&, int) -> std::optional<Scripted> {
        if (auto token = token_service(request)) return token;
        if (!has_no_authorization(request)) return std::nullopt;
        return api_error_answer(401, "UNAUTHORIZED", test::bearer_challenge(request));
      });
  // Anonymous users may read.
  MemoryRegistry with_passwords([](const Received& request, const std::string&,
                                   int) -> std::optional<Scripted> {
    if (has_no_authorization(request) && !test::is_write(request) && request.target != "/v2/")
      return std::nullopt;
    return api_error_answer(401, "UNAUTHORIZED", "WWW-Authenticate: Basic realm=\"registry\"\r\n");
  });
  for (auto* registry : {&with_tokens, &with_passwords}) {
    const auto host = registry->server().host();
    bench.write_credentials(host, "wrong");
    const auto failed = bench.push(host);
    CHECK(failed.status == 4);
    CHECK(failed.error("class") == "auth");
    CHECK(failed.error("code") == "auth.refused");
    CHECK(contains(failed.error("message"), "user alice"));
    CHECK(contains(failed.error("cause"), "docker/config.json"));
    CHECK(contains(failed.error_output, "docker/config.json"));
    CHECK(test::is_empty(*registry));
    for (const auto& request : registry->server().received()) {
      if (test::is_token_request(request)) CHECK_FALSE(has_no_authorization(request));
    }
  }
}

TEST_CASE(
    "credentials: an anonymous request that is denied is class auth, with the sources that were "
    "tried") {
  const Bench bench;
  ScriptedServer server([](const Received& request) -> Scripted {
    if (request.target == "/v2/") return {test::http_answer(200, "{}")};
    return api_error_answer(403, "DENIED");
  });
  const auto failed = bench.push(server.host());
  CHECK(failed.status == 4);
  CHECK(failed.error("class") == "auth");
  CHECK(failed.error("code") == "auth.required");
  CHECK(contains(failed.error("cause"), "no credentials for " + server.host()));
  CHECK(contains(failed.error("cause"), "tried: "));
  CHECK(contains(failed.error("cause"), "docker/config.json"));
  CHECK(contains(failed.error("registry"), "DENIED"));
  CHECK(contains(failed.error("fix"), "berth login " + server.host()));
  CHECK(server.received().size() <= kBounded);
}

TEST_CASE(
    "credentials: a registry that rejects every token is reported once, after a bounded number of "
    "requests") {
  const Bench bench;
  std::atomic<int> tokens = 0;
  ScriptedServer server([&](const Received& request) -> Scripted {
    if (test::is_token_request(request))
      return test::token_answer("token-" + std::to_string(++tokens));
    return api_error_answer(401, "UNAUTHORIZED", test::bearer_challenge(request));
  });
  bench.write_credentials(server.host());
  const auto failed = bench.push(server.host());
  // The token service accepted the credentials.
  CHECK(failed.status == 5);
  CHECK(failed.error("class") == "denied");
  CHECK(contains(failed.error("message"), "user alice is not authorized to push to a/b"));
  CHECK(contains(failed.error("cause"), "docker/config.json"));
  CHECK(contains(failed.error("registry"), "UNAUTHORIZED"));
  CHECK(failed.error_output.find("berth: ") == failed.error_output.rfind("berth: "));
  CHECK(server.received().size() <= kBounded);
  CHECK(tokens <= 3);
}

TEST_CASE("credentials: a kind of request that is always refused is repeated at most once") {
  struct Case {
    std::string kind;        // "tag": HEAD and GET of the manifest
    std::size_t operations;  // how many requests of that kind the push makes
    bool is_fatal;
  };
  const std::vector<Case> cases{{"tag", 3, false},    {"mount", 1, false}, {"open", 2, true},
                                {"patch", 1, true},   {"put", 1, true},    {"head", 2, false},
                                {"manifest", 1, true}};
  for (const int status : {401, 403}) {
    for (const auto& [kind_to_refuse, operations, is_fatal] : cases) {
      const std::string& refused = kind_to_refuse;
      CAPTURE(status);
      CAPTURE(refused);
      const Bench bench;
      std::atomic<std::size_t> tokens = 0;
      std::atomic<std::size_t> sent = 0;  // refused requests with a token
      MemoryRegistry registry(
          [&](const Received& request, const std::string& kind, int) -> std::optional<Scripted> {
            if (test::is_token_request(request))
              return test::token_answer(test::token_with(R"("pull","push")") +
                                        std::to_string(++tokens));
            if (has_no_authorization(request))
              return api_error_answer(401, "UNAUTHORIZED", test::bearer_challenge(request));
            const std::string name = test::is_manifest_read(request) ? "tag" : kind;
            // Existence checks and uploads without a mount happen only if the mount is refused.
            if (name == "mount" && (refused == "head" || refused == "open"))
              return api_error_answer(405, "UNSUPPORTED");
            if (name != refused) return std::nullopt;
            ++sent;
            return api_error_answer(status, "DENIED",
                                    status == 401 ? test::bearer_challenge(request) : "");
          });
      bench.write_credentials(registry.server().host());
      test::write_layout(bench.directory, "large", "1", {test::noise(std::size_t{1} << 20U, 1)});
      const auto result = bench.push(registry.server().host(), {"--jobs", "1"},
                                     "oci:" + (bench.directory / "large"));
      CHECK(result.status == (is_fatal ? 5 : 0));
      CHECK(result.error("class") == (is_fatal ? "denied" : ""));
      CHECK(result.error_output.find("berth: ") == result.error_output.rfind("berth: "));
      CHECK(sent >= 1);
      const std::size_t renewals = status == 403 ? 0 : is_fatal ? 1 : 2;
      CHECK(sent <= operations + renewals);
      CHECK(tokens <= 1 + renewals);
    }
  }
}

TEST_CASE("credentials: several uploads in parallel share the refusal of every new token") {
  const Bench bench;
  std::atomic<std::size_t> tokens = 0;
  std::atomic<std::size_t> writes = 0;
  MemoryRegistry registry(
      [&](const Received& request, const std::string&, int) -> std::optional<Scripted> {
        if (test::is_token_request(request))
          return test::token_answer("token-" + std::to_string(++tokens));
        if (test::is_write(request) && !has_no_authorization(request)) ++writes;
        if (!test::is_write(request) && !has_no_authorization(request)) return std::nullopt;
        return api_error_answer(401, "UNAUTHORIZED", test::bearer_challenge(request));
      });
  bench.write_credentials(registry.server().host());
  std::vector<std::string> layers;
  for (int i = 0; i < 12; ++i) layers.push_back("layer " + std::to_string(i));
  test::write_layout(bench.directory, "many", "1", layers);
  const auto failed = bench.push(registry.server().host(), {}, "oci:" + (bench.directory / "many"));
  CHECK(failed.status == 5);
  CHECK(failed.error("code") == "auth.denied");
  CHECK(tokens <= 3);
  CHECK(writes <= 3 * 13);
}

TEST_CASE(
    "credentials: a realm that cannot be reached is attributed to the registry that names it") {
  const Bench bench;
  const auto realm = "https://localhost:" + std::to_string(test::free_port()) + "/v2/token";
  ScriptedServer server([&](const Received&) -> Scripted {
    return api_error_answer(401, "UNAUTHORIZED",
                            "WWW-Authenticate: Bearer realm=\"" + realm +
                                "\",service=\"container_registry\",scope=\"*\"\r\n");
  });
  bench.write_credentials(server.host());
  const auto failed = bench.push(server.host());
  CHECK(failed.status == 7);
  CHECK(failed.error("class") == "network");
  CHECK(contains(failed.error("message"), "token service of " + server.host()));
  CHECK(
      contains(failed.error("cause"), server.host() + " names " + realm + " as its token service"));
  CHECK(contains(failed.error("cause"), "connection refused"));
  CHECK(contains(failed.error("fix"), "configuration of " + server.host()));
  CHECK_FALSE(contains(failed.error_output, "is the registry running"));
}
