// Output and logs of a plugin have no effect on a diagnosis, whose facts are return values.
#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using test::Berth;
using test::Received;
using test::Scripted;
using test::ScriptedServer;

namespace {

// A registry whose token service, at the same origin, accepts alice's password, and grants pull.
class TokenRegistry {
 public:
  explicit TokenRegistry(int rejection = 401) : rejection_(rejection) {}
  [[nodiscard]] std::string host() const { return server_.host(); }

 private:
  Scripted respond(const Received& request) const {
    if (request.target.starts_with("/token")) return issue_token(request);
    if (request.header("authorization") != "Bearer alices-token") return challenge();
    return {test::http_answer(request.target == "/v2/" ? 200 : 404)};
  }
  Scripted issue_token(const Received& request) const {
    const bool is_alice =
        request.header("authorization") == "Basic " + base::base64_encode("alice:open sesame");
    if (is_alice) return {test::http_answer(200, R"({"token":"alices-token"})")};
    return {test::http_answer(rejection_,
                              R"({"errors":[{"code":"UNAUTHORIZED","message":"wrong password"}]})",
                              "Content-Type: application/json\r\n")};
  }
  [[nodiscard]] Scripted challenge() const {
    return {test::http_answer(
        401, R"({"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]})",
        "Content-Type: application/json\r\nWWW-Authenticate: Bearer realm=\"http://" +
            server_.host() + "/token\",service=\"test\"\r\n")};
  }

  int rejection_;
  ScriptedServer server_{[this](const Received& request) { return respond(request); }};
};

base::Json diagnose(const Berth& berth, const std::string& host,
                    const std::vector<std::string>& settings, int status) {
  std::vector<std::string> arguments{
      "doctor",   "-o",    "json", "--flavor-path", BERTH_TEST_PLUGINS, "--flavor",
      "imitator", "--uri", host,   host + "/a/b:1"};
  for (const auto& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
  const auto result = berth.run(arguments);
  REQUIRE_MESSAGE(result.status == status, result.out << result.err);
  auto document = base::parse_json(result.out, "the diagnosis").value();
  base::Json steps = base::Json::array();
  for (auto step : *document.find("steps")->as_array()) {
    step.erase("milliseconds");
    steps.push_back(std::move(step));
  }
  return steps;
}

std::string step_of(const base::Json& steps, const std::string& name) {
  for (const auto& step : *steps.as_array())
    if (step.string_or("step", "") == name)
      return step.string_or("status", "") + ": " + step.string_or("detail", "");
  return "no such step";
}

const base::Json& step_json(const base::Json& steps, const std::string& name) {
  for (const auto& step : *steps.as_array())
    if (step.string_or("step", "") == name) return step;
  throw std::runtime_error("no step " + name);
}

}  // namespace

TEST_CASE("diagnosis: output and logs of a plugin change no line") {
  const TokenRegistry registry;
  const Berth berth;
  const auto quiet = diagnose(berth, registry.host(), {"quiet=true"}, 0);
  CHECK(step_of(quiet, "credential") ==
        "ok: password of alice, from flavor imitator: the vault; tried: flavor imitator (user "
        "alice)");
  CHECK(step_of(quiet, "token") == "ok: for repository:a/b:pull");
  CHECK(diagnose(berth, registry.host(), {}, 0).dump() == quiet.dump());
}

TEST_CASE(
    "diagnosis: credentials that the token service rejects are a failure, with the flavor's "
    "explanation") {
  const TokenRegistry registry;
  const Berth berth;
  const auto quiet = diagnose(berth, registry.host(), {"quiet=true", "secret=outdated"}, 4);
  CHECK(diagnose(berth, registry.host(), {"secret=outdated"}, 4).dump() == quiet.dump());
  CHECK(step_of(quiet, "credential") == "failed: the vault has another password");
  CHECK(step_of(quiet, "token") == "skipped: ");
  const auto* error = step_json(quiet, "credential").find("error");
  REQUIRE(error != nullptr);
  CHECK(error->string_or("code", "") == "auth.refused");
  CHECK(error->string_or("registry", "") == "401 UNAUTHORIZED: wrong password");
  CHECK(error->string_or("fix", "") == "vault renew alice");
  CHECK(error->string_or("cause", "")
            .starts_with(registry.host() + " rejected the credentials of user alice; password of "
                                           "alice, from flavor"));
}

TEST_CASE("diagnosis: rejected credentials of one source, and accepted ones of the next") {
  const TokenRegistry registry;
  const Berth berth;
  berth.home().write("run/containers/auth.json",
                     R"({"auths":{")" + registry.host() + R"(":{"auth":")" +
                         base::base64_encode("alice:open sesame") + R"("}}})");
  const auto steps = diagnose(berth, registry.host(), {"secret=outdated"}, 0);
  const std::string file = berth.home() / "run/containers/auth.json";
  CHECK(step_of(steps, "credential") ==
        "ok: password of alice, from " + file + ", entry " + registry.host() +
            "; tried: flavor imitator (user alice: rejected), " + file + " (user alice)");
  const auto* facts = step_json(steps, "credential").find("facts");
  REQUIRE(facts != nullptr);
  const auto& sources = *facts->find("sources")->as_array();
  REQUIRE(sources.size() == 2);
  CHECK(sources[0].dump() ==
        R"({"source":"flavor imitator","account":"user alice","outcome":"rejected"})");
  CHECK(sources[1].string_or("outcome", "") == "in-use");
}

TEST_CASE("diagnosis: a token service that denies the scope") {
  const TokenRegistry registry(403);
  const Berth berth;
  const auto steps = diagnose(berth, registry.host(), {"secret=other"}, 5);
  CHECK(step_of(steps, "credential")
            .starts_with("ok: password of alice, from flavor imitator: the vault"));
  CHECK(step_of(steps, "token") == "failed: the vault has another password");
  CHECK(
      step_json(steps, "token")
          .find("error")
          ->string_or("cause", "")
          .starts_with("user alice is not authorized by the token service of " + registry.host()));
}
