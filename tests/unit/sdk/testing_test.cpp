// berth/testing.hpp: the fake host is as strict as berth.
#include <doctest/doctest.h>
#include <berth/crypto.hpp>
#include <berth/encoding.hpp>
#include <berth/environment.hpp>
#include <berth/files.hpp>
#include <berth/testing.hpp>

#include <thread>

using berth::testing::Host;
using berth::testing::Wrong;

namespace {

constexpr berth::FindingKind kTag{"kit.tag", berth::warning, "The tag exists."};

// Does what the repository of the image names.
class KitContainerRegistry : public berth::BaseContainerRegistry,
                             public berth::CredentialProvider,
                             public berth::ErrorExplainer,
                             public berth::UploadRulesProvider {
 public:
  static constexpr char FLAVOR[] = "kit";
  static constexpr char VERSION[] = "1.0.0";
  static constexpr char SETTINGS[] = R"({"properties": {
    "team": {"type": "string", "enum": ["blue", "red"]},
    "max": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
    "ratio": {"type": "number", "default": 0.5},
    "strict": {"type": "boolean", "default": true}}, "required": ["team"]})";
  static constexpr const char* PERMISSIONS[] = {"env:KIT_TOKEN",
                                                "file:$KIT_CONFIG|~/.kit/*.json",
                                                "exec:kit-login",
                                                "exec:{program in ~/.kit/login.json}",
                                                "http:*.kit.example:8443",
                                                "http:$KIT_URL",
                                                "credentials:auth.kit.example",
                                                "http:auth.kit.example"};
  static constexpr const berth::FindingKind* FINDINGS[] = {&kTag};

  KitContainerRegistry() {
    if (uri() == "refused.example") throw berth::Failure(kTag, "not here", "elsewhere");
    if (uri() == "broken.example") throw std::runtime_error("broken");
  }

  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    const std::string& what = image.repository();
    if (what == "settings")
      call.log(settings().string("team") + " " + std::to_string(settings().integer("max")) + " " +
               std::to_string(settings().number("ratio")) +
               (settings().boolean("strict") ? " strict" : ""));
    if (what == "tag" && call.registry()->manifest_digest(what, image.tag()))
      call.report(kTag, "it exists");
    if (what == "foreign-code") call.report(berth::error, "other.code", "a code of another flavor");
    if (what == "many")
      for (int i = 0; i < 1001; ++i) call.log("again");
    if (what == "thread") std::thread([&] { call.report(kTag, "lost"); }).join();
    if (what == "stopped") call.log(call.cancelled() ? "cancelled" : "goes on");
    if (what == "env") call.log(*berth::environment_variable(call, "KIT_TOKEN"));
    if (what == "env-other") berth::environment_variable(call, "HOME");
    if (what.rfind("file:", 0) == 0)
      call.log(berth::read_file(call, what.substr(5)).value_or("missing"));
    if (what.rfind("url:", 0) == 0)
      call.log(berth::send(call, {{"GET", what.substr(4)}}).at(0).body);
    if (what == "login") call.log(berth::run_program(call, {"kit-login", "get"})->out);
    if (what == "line") call.log(berth::run_program(call, {"kit", "--json"})->out);
    if (what == "hash") call.log(berth::hex(berth::sha256(call, "abc")));
    if (what == "hmac") call.log(berth::hex(berth::hmac_sha256(call, "key", "data")));
    if (what == "outside") call.registry()->get("/v2/other/tags/list");
    if (what == "probe") call.registry()->check_push_permission(what);
    if (what == "secret")
      berth::send(call, {{"POST",
                          "https://auth.kit.example/token",
                          {},
                          std::string("p=") + berth::PASSWORD_PLACEHOLDER}});
  }

  void push_image(berth::CallContext& call, const berth::Image& image) override {
    if (image.repository() == "nothing") return;
    if (image.repository() == "twice") call.push();
    if (image.repository() == "late") {
      call.push();
      return call.report(berth::error, "kit.late", "too late");
    }
    BaseContainerRegistry::push_image(call, image);
  }

  berth::Credential credential(berth::CallContext& call,
                               const berth::CredentialRequest& request) override {
    if (request.previous_rejected) return berth::Credential::none("rejected");
    if (request.repository == "report") call.report(kTag, "not here");
    if (request.repository == "colon") return berth::Credential::password("a:b", "x", "test");
    if (request.repository == "broken") throw berth::Failure("line 3 is wrong", "fix line 3");
    return berth::Credential::registry_token(request.username + "token", "test");
  }

  std::optional<berth::Explanation> explain(berth::CallContext&,
                                            const berth::RegistryError& error) override {
    if (error.message.empty()) return std::nullopt;
    return berth::Explanation{"the team is full", "free some"};
  }

  berth::UploadRules upload_rules() override {
    berth::UploadRules rules;
    rules.max_chunk_size = settings().string("team") == "red" ? 1 : 1 << 20;
    return rules;
  }
};

std::string logged(Host& host, const std::string& what) {
  const auto result = host.prepare_image_push({what, "1"});
  return result.ok && result.log.size() == 1 ? result.log[0] : result.text();
}

}  // namespace
BERTH_PLUGIN(KitContainerRegistry)

TEST_CASE("testing: settings are completed and validated by the schema") {
  Host host;
  CHECK_THROWS_AS(host.create(), Wrong);  // team is required
  host.setting("team", "blue");
  CHECK(logged(host, "settings") == "blue 3 0.500000 strict");
  host.setting("max", "9").setting("ratio", "2").setting("strict", "false").setting("tls", "true");
  CHECK(logged(host, "settings") == "blue 9 2.000000");
  const std::pair<const char*, const char*> bad[] = {
      {"team", "green"}, {"max", "0"}, {"max", "ten"}, {"strict", "yes"}, {"size", "1"}};
  for (const auto& one : bad) {
    CAPTURE(one.first);
    Host other;
    CHECK_THROWS_AS(other.setting("team", "blue").setting(one.first, one.second).create(), Wrong);
  }
}

TEST_CASE("testing: a constructor that throws rejects the container registry") {
  Host host;
  host.setting("team", "blue").uri("refused.example");
  const auto refused = host.create();
  CHECK_FALSE(refused.ok);
  CHECK(refused.error == "not here");
  CHECK(refused.code == "kit.tag");
  CHECK(refused.fix == "elsewhere");
  CHECK(refused.problems.empty());
  CHECK(host.uri("broken.example").create().problems.size() == 1);
  CHECK_THROWS_AS(host.prepare_image_push({"a"}), Wrong);
}

TEST_CASE("testing: services require their permission and a script") {
  Host host;
  host.setting("team", "blue")
      .environment("KIT_TOKEN", "t")
      .environment("KIT_URL", "http://127.0.0.1:9")
      .file("~/.kit/a.json", "content")
      .file("~/.kit/login.json", R"({"program": "kit --json"})")
      .program({"kit-login", "get"}, {0, "login", ""})
      .program({"kit", "--json"}, {0, "line", ""})
      .http("GET", "https://api.kit.example:8443/x", {200, {}, "one", ""})
      .http("GET", "https://api.kit.example:8443/x", {200, {}, "two", ""})
      .http("GET", "http://127.0.0.1:9/x", {200, {}, "local", ""})
      .http("POST", "https://auth.kit.example/token", {200, {}, "", ""});
  CHECK(logged(host, "env") == "t");
  CHECK(logged(host, "file:~/.kit/a.json") == "content");
  CHECK(logged(host, "file:~/.kit/b.json") == "missing");
  CHECK(logged(host, "login") == "login");
  CHECK(logged(host, "line") == "line");
  CHECK(logged(host, "url:https://api.kit.example:8443/x") == "one");
  CHECK(logged(host, "url:https://api.kit.example:8443/x") == "two");
  CHECK(logged(host, "url:https://api.kit.example:8443/x") == "two");
  CHECK(logged(host, "url:http://127.0.0.1:9/x") == "local");
  CHECK(host.prepare_image_push({"secret"}).ok);
  CHECK(host.sent().size() == 5);
  for (const char* what :
       {"env-other", "file:~/.kit/sub/a.json", "file:/etc/passwd", "url:https://kit.example:8443/",
        "url:https://api.kit.example/x", "url:http://api.kit.example:8443/x"}) {
    CAPTURE(what);
    const auto denied = host.prepare_image_push({what});
    CHECK_FALSE(denied.ok);
    CHECK(denied.denied.size() == 1);
    CHECK(denied.code == "flavor.denied");
  }
  const auto unscripted = host.prepare_image_push({"url:https://api.kit.example:8443/other"});
  CHECK_FALSE(unscripted.ok);
  CHECK(unscripted.problems.size() == 1);
  // A variable that names a file replaces the default.
  host.environment("KIT_CONFIG", "/srv/kit").file("/srv/kit", "other");
  CHECK(logged(host, "file:/srv/kit") == "other");
  CHECK(host.prepare_image_push({"file:~/.kit/a.json"}).denied.size() == 1);
}

TEST_CASE("testing: cryptography needs no library") {
  Host host;
  host.setting("team", "blue");
  CHECK(logged(host, "hash") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(logged(host, "hmac") == "5031fe3d989c6d1537a013fa6e739da23463fdaec3b70137d828e36ace221bd0");
}

TEST_CASE("testing: the registry is scripted") {
  Host host;
  host.setting("team", "blue").uri("r.example/base").tag("tag", "1", "sha256:1");
  CHECK(host.prepare_image_push({"tag", "1"}).has("kit.tag"));
  CHECK_FALSE(host.prepare_image_push({"tag", "2"}).has("kit.tag"));
  CHECK_FALSE(host.prepare_image_push({"outside"}).ok);
  CHECK(host.prepare_image_push({"probe"}).code == "check.may-create");
  CHECK(host.allow_side_effects().prepare_image_push({"probe"}).ok);
  host.registry_fails(berth::testing::RegistryFault{"auth.denied", "denied", "403 DENIED", true});
  const auto denied = host.prepare_image_push({"tag", "1"});
  CHECK_FALSE(denied.ok);
  CHECK(denied.code == "auth.denied");
  CHECK(host.registry_requests() == std::vector<std::string>{"GET /v2/other/tags/list"});
}

TEST_CASE("testing: contract violations are problems") {
  Host host;
  host.setting("team", "blue");
  for (const char* what : {"foreign-code", "many", "thread"}) {
    CAPTURE(what);
    const auto result = host.prepare_image_push({what});
    CHECK_FALSE(result.ok);
    CHECK(result.problems.size() == 1);
  }
  for (const char* what : {"nothing", "twice", "late"}) {
    CAPTURE(what);
    CHECK_FALSE(host.push_image({what}).problems.empty());
  }
  const auto pushed = host.push_image({"fine"});
  CHECK(pushed.ok);
  CHECK(pushed.digest == "sha256:" + std::string(64, 'a'));
  host.push_fails(berth::testing::RegistryFault{"push.blob-denied", "denied", "403", true});
  CHECK(host.push_image({"fine"}).code == "push.blob-denied");
  CHECK(logged(host.cancel(), "stopped") == "cancelled");
}

TEST_CASE("testing: extensions") {
  Host host;
  host.setting("team", "blue").setting("username", "alice");
  CHECK(host.credential().credential->secret() == "alicetoken");
  CHECK(host.credential({}, true).reason == "rejected");
  CHECK(host.credential({}, true).ok);
  CHECK_FALSE(host.credential("report").problems.empty());
  CHECK_FALSE(host.credential("colon").problems.empty());
  CHECK(host.credential("broken").fix == "fix line 3");
  CHECK(host.explain({"push.denied", "quota", "a"})->fix == "free some");
  CHECK_FALSE(host.explain({"push.denied", "", "a"}));
  CHECK(host.upload_rules().max_chunk_size == 1 << 20);
  CHECK(host.last().ok);
  host.setting("team", "red").upload_rules();
  CHECK_FALSE(host.last().problems.empty());
}
