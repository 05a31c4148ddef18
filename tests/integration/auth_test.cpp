// A real docker-registry with token authentication, and a token service for tests.
#include <doctest/doctest.h>
#include <poll.h>

#include <algorithm>

#include "base/base64.hpp"
#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/free_port.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"
#include "support/tls_server.hpp"

using namespace berth;
using test::Berth;
using test::RealRegistry;
using test::TempDir;

namespace {

// tests/support/token_server.py, ready for requests.
class TokenServer {
 public:
  explicit TokenServer(int lifetime_seconds)
      : port_(test::free_port()),
        process_({"/usr/bin/python3", BERTH_TOKEN_SERVER, directory_.path(), std::to_string(port_),
                  std::to_string(lifetime_seconds)},
                 directory_ / "log") {
    for (int tries = 0; tries < 500 && process_.running(); ++tries) {
      if (test::run_command({"curl", "--silent", "--insecure", "--output", "/dev/null", url()})
              .status == 0)
        return;
      ::poll(nullptr, 0, 20);
    }
    throw std::runtime_error("the token server did not start: " + test::slurp(directory_ / "log"));
  }
  [[nodiscard]] std::string url() const {
    return "https://localhost:" + std::to_string(port_) + "/token";
  }
  // Installs its certificate in the directory where berth looks for that of a host.
  void trust(const Berth& berth) const {
    berth.home().write("docker/certs.d/localhost:" + std::to_string(port_) + "/ca.crt",
                       test::slurp(directory_ / "token.crt"));
  }
  [[nodiscard]] test::RegistryOptions registry_options() const {
    test::RegistryOptions options;
    options.auth =
        "{ token: { realm: \"" + url() +
        "\", service: test, issuer: test, rootcertbundle: " + (directory_ / "token.crt") + " } }";
    return options;
  }
  // Returns the requests since the last call.
  std::vector<std::string> asked() {
    std::vector<std::string> lines;
    const auto text = test::slurp(directory_ / "requests");
    for (std::size_t end = 0; (end = text.find('\n', read_)) != std::string::npos; read_ = end + 1)
      lines.push_back(text.substr(read_, end - read_));
    return lines;
  }

 private:
  TempDir directory_;
  int port_;
  test::BackgroundCommand process_;
  std::size_t read_ = 0;
};

std::string login(const std::string& host, const std::string& username,
                  const std::string& password) {
  return R"({"auths":{")" + host + R"(":{"auth":")" +
         base::base64_encode(username + ":" + password) + R"("}}})";
}

base::Json json(const test::CommandResult& result) {
  return base::parse_json(result.out, "out").value();
}

}  // namespace

TEST_CASE("tokens: a push requests one token, and reports insufficient scope distinctly") {
  TokenServer service(300);
  const RealRegistry registry(service.registry_options());
  const TempDir directory;
  const Berth berth;
  service.trust(berth);
  const auto digest =
      test::write_layout(directory, "img", "1", {"one", test::noise(2 << 20, 1), "three"});
  const std::vector<std::string> push{"push", "-o", "json", "oci:" + (directory / "img"),
                                      registry.host() + "/a/b:1"};
  service.asked();

  berth.home().write("docker/config.json", login(registry.host(), "alice", "open sesame"));
  const auto pushed = berth.run(push);
  REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(json(pushed).string_or("digest", "") == digest);
  const auto asked = service.asked();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].find("scope=repository%3Aa%2Fb%3Apull%2Cpush") != std::string::npos);

  // Some registries create a repository when a token for pushing is requested.
  const auto requests_push = [&] {
    const auto lines = service.asked();
    return std::ranges::any_of(
        lines, [](const auto& line) { return line.find("push") != std::string::npos; });
  };
  CHECK(berth.run({"check", "oci:" + (directory / "img"), registry.host() + "/a/new:1"}).status ==
        0);
  CHECK_FALSE(requests_push());
  CHECK(berth.run({"check", "oci:" + (directory / "img"), registry.host() + "/a/b:1"}).status == 0);
  CHECK(requests_push());

  berth.home().write("docker/config.json", login(registry.host(), "bob", "bob's secret"));
  const auto read_only =
      berth.run({"check", "-o", "json", "oci:" + (directory / "img"), registry.host() + "/a/b:2"});
  CHECK(read_only.status == 5);
  CHECK(json(read_only).find("error")->string_or("code", "") == "auth.denied");
  const auto denied =
      berth.run({"push", "-o", "json", "oci:" + (directory / "img"), registry.host() + "/a/b:2"});
  CHECK(denied.status == 5);
  CHECK(json(denied).find("error")->string_or("code", "") == "auth.denied");
  CHECK(denied.err.find("granted pull") != std::string::npos);

  berth.home().write("docker/config.json", login(registry.host(), "alice", "wrong"));
  const auto refused = berth.run(push);
  CHECK(refused.status == 4);
  CHECK(json(refused).find("error")->string_or("code", "") == "auth.refused");
  CHECK(refused.err.find("wrong") == std::string::npos);

  berth.home().write("docker/config.json", "{}");
  CHECK(berth.run({"check", "oci:" + (directory / "img"), registry.host() + "/a/b:2"}).status == 4);
  const auto anonymous = berth.run(push);
  CHECK(anonymous.status == 4);
  CHECK(json(anonymous).find("error")->string_or("code", "") == "auth.required");
}

TEST_CASE("tokens: a blob is mounted with a token for both repositories, or uploaded without one") {
  TokenServer service(300);
  const RealRegistry registry(service.registry_options());
  const TempDir directory;
  const Berth berth;
  service.trust(berth);
  berth.home().write("docker/config.json", login(registry.host(), "alice", "open sesame"));
  test::write_layout(directory, "img", "1", {"one"});
  const auto push = [&](const std::string& repository) {
    const auto pushed = berth.run({"push", "-o", "json", "oci:" + (directory / "img"),
                                   registry.host() + "/" + repository + ":1"});
    REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
    std::string actions;
    const auto document = json(pushed);
    for (const auto& blob : *document.find("blobs")->as_array())
      actions += blob.string_or("action", "") + " ";
    return actions;
  };
  CHECK(push("a/base") == "uploaded uploaded ");
  service.asked();
  CHECK(push("a/new") == "mounted mounted ");
  const auto asked = service.asked();
  REQUIRE(asked.size() == 2);
  CHECK(asked[1].find("repository%3Aa%2Fbase%3Apull") != std::string::npos);
  CHECK(asked[1].find("repository%3Aa%2Fnew%3Apull%2Cpush") != std::string::npos);
}

TEST_CASE("tokens: exchanges an identity token; login verifies credentials before it stores them") {
  TokenServer service(300);
  const RealRegistry registry(service.registry_options());
  const TempDir directory;
  const Berth berth;
  service.trust(berth);
  const auto digest = test::write_layout(directory, "img", "1", {"one"});
  berth.home().write(
      "docker/config.json",
      R"({"auths":{")" + registry.host() + R"(":{"auth":"","identitytoken":"alice-identity"}}})");
  const auto pushed = berth.run({"push", "oci:" + (directory / "img"), registry.host() + "/a/b:1"});
  CHECK_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(pushed.out == registry.host() + "/a/b@" + digest + "\n");

  berth.home().write("docker/config.json", "{}");
  test::CommandOptions wrong;
  wrong.input = "wrong\n";
  CHECK(berth.run({"login", registry.host(), "--username", "alice", "--password-stdin"}, wrong)
            .status == 4);
  CHECK(test::slurp(berth.home() / "docker/config.json") == "{}");
  test::CommandOptions right;
  right.input = "open sesame\n";
  const auto logged_in =
      berth.run({"login", registry.host(), "--username", "alice", "--password-stdin"}, right);
  CHECK_MESSAGE(logged_in.status == 0, logged_in.err);
  const auto seen =
      test::run_command({"skopeo", "inspect", "--no-tags", "--tls-verify=false", "--authfile",
                         berth.home() / "docker/config.json", "--format", "{{.Digest}}",
                         "docker://" + registry.host() + "/a/b:1"});
  CHECK_MESSAGE(seen.out == digest + "\n", seen.err);
}

TEST_CASE("tokens: no output contains a secret at any verbosity") {
  TokenServer service(300);
  const RealRegistry registry(service.registry_options());
  const TempDir directory;
  const Berth berth;
  service.trust(berth);
  test::write_layout(directory, "img", "1", {"one"});
  berth.home().write("docker/config.json", login(registry.host(), "alice", "open sesame"));
  const auto pushed =
      berth.run({"push", "-vv", "oci:" + (directory / "img"), registry.host() + "/a/b:1"});
  REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
  for (const std::string& secret :
       {std::string("sesame"), base::base64_encode("alice:open sesame"), std::string("eyJ")})
    CHECK((pushed.out + pushed.err).find(secret) == std::string::npos);
}

namespace {

// A push with the flavor that provides credentials.
test::CommandResult push_provided(const Berth& berth, const std::string& image,
                                  const std::string& to, const std::vector<std::string>& settings) {
  const std::string host = to.substr(0, to.find('/'));
  std::vector<std::string> arguments{
      "push",         "-v",       "--flavor-path", BERTH_TEST_PLUGINS,
      "--flavor",     "provider", "--uri",         host,
      "oci:" + image, to};
  for (const auto& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
  return berth.run(arguments);
}

int times(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE(
    "provided credentials: a flavor's password is refreshed after rejection and after expiry") {
  const RealRegistry registry({"alice", "open sesame"});
  const TempDir directory;
  const Berth berth;
  const auto digest =
      test::write_layout(directory, "img", "1", {"one", test::noise(1 << 20, 2), "three"});
  const std::string image = directory / "img";
  const std::string to = registry.host() + "/a/b:1";
  const std::string proven = registry.host() + "/a/b@" + digest + "\n";

  const auto refused = push_provided(berth, image, to, {"what=stale"});
  CHECK_MESSAGE(refused.status == 0, refused.err);
  CHECK(refused.out == proven);
  CHECK(times(refused.err, "asked ") == 2);
  CHECK(refused.err.find("from flavor provider: environment PROVIDER_") != std::string::npos);
  CHECK(refused.err.find("sesame") == std::string::npos);

  const auto ended = push_provided(berth, image, registry.host() + "/other/b:1", {"what=short"});
  CHECK_MESSAGE(ended.status == 0, ended.err);
  CHECK(times(ended.err, "asked ") >= 2);
  CHECK(ended.err.find("refused") == std::string::npos);

  const auto wrong = push_provided(berth, image, registry.host() + "/c/d:1", {"what=count"});
  CHECK(wrong.status == 4);
  CHECK(times(wrong.err, "asked ") == 2);
  CHECK_MESSAGE(
      wrong.err.find("user name: your Provider id; password: a token of provider.example/tokens") !=
          std::string::npos,
      wrong.err);
}

TEST_CASE(
    "provided credentials: refreshes an identity token; other sources are tried if a flavor has "
    "none") {
  TokenServer service(300);
  const RealRegistry registry(service.registry_options());
  const TempDir directory;
  const Berth berth;
  service.trust(berth);
  const auto digest = test::write_layout(directory, "img", "1", {"one"});
  const std::string to = registry.host() + "/a/b:1";
  const auto pushed =
      push_provided(berth, directory / "img", to, {"what=identity-stale", "secret=alice-identity"});
  CHECK_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(times(pushed.err, "asked ") == 2);

  const auto none = push_provided(berth, directory / "img", to, {"what=none"});
  CHECK(none.status == 4);
  CHECK_MESSAGE(none.err.find("flavor provider: PROVIDER_TOKEN is ") != std::string::npos,
                none.err);
  berth.home().write("docker/config.json", login(registry.host(), "alice", "open sesame"));
  CHECK(push_provided(berth, directory / "img", to, {"what=none"}).status == 0);

  // Which account is in use before the flavor has returned credentials: it is not called.
  test::CommandOptions typed;
  typed.input = "open sesame\n";
  const auto given =
      berth.run({"push", "-v", "--flavor-path", BERTH_TEST_PLUGINS, "--flavor", "provider", "--uri",
                 registry.host(), "--set", "what=crash", "--username", "alice", "--password-stdin",
                 "oci:" + (directory / "img"), to},
                typed);
  CHECK_MESSAGE(given.status == 0, given.err);
  const auto crashed = push_provided(berth, directory / "img", to, {"what=crash"});
  CHECK(crashed.status == 12);
  CHECK_MESSAGE(crashed.err.find("failed in credential") != std::string::npos, crashed.err);
}

TEST_CASE("doctor: prints the credential source, the token and its grants, and no secret") {
  TokenServer service(300);
  const RealRegistry registry(service.registry_options());
  const Berth berth;
  service.trust(berth);
  auto doctor = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"doctor", "-o", "json", registry.host() + "/a/b:1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return berth.run(arguments);
  };
  auto step = [](const test::CommandResult& result, const std::string& name) {
    const auto document = json(result);
    for (const auto& one : *document.find("steps")->as_array())
      if (one.string_or("step", "") == name)
        return one.string_or("status", "") + ": " + one.string_or("detail", "");
    return std::string();
  };
  berth.home().write("docker/config.json", login(registry.host(), "alice", "open sesame"));
  const auto good = doctor({"--probe", "-vv"});
  REQUIRE_MESSAGE(good.status == 0, good.out);
  CHECK(step(good, "challenge") == "ok: Bearer, tokens from " + service.url() + " for test");
  CHECK(step(good, "credential")
            .starts_with("ok: password of alice, from " + (berth.home() / "docker/config.json")));
  CHECK(step(good, "token") == "ok: for repository:a/b:pull,push");
  CHECK(step(good, "granted") == "ok: pull,push; requested pull,push; 1 does not exist yet");
  // docker-registry requires permission to delete for it, which alice does not have.
  CHECK(step(good, "push")
            .starts_with("ok: an upload session was opened; the registry did not confirm"));
  for (const std::string& secret :
       {std::string("sesame"), base::base64_encode("alice:open sesame"), std::string("eyJ")})
    CHECK((good.out + good.err).find(secret) == std::string::npos);
  const auto document = json(good);
  for (const auto& one : *document.find("steps")->as_array())
    CHECK(one.find("milliseconds") != nullptr);

  service.asked();
  const auto reading = doctor({});
  CHECK(reading.status == 0);
  CHECK(step(reading, "token") == "ok: for repository:a/b:pull");
  CHECK(step(reading, "push").starts_with("skipped: has side effects"));
  for (const auto& line : service.asked()) CHECK(line.find("push") == std::string::npos);

  berth.home().write("docker/config.json", login(registry.host(), "bob", "bob's secret"));
  const auto denied = doctor({"--probe"});
  CHECK(denied.status == 5);
  CHECK(step(denied, "granted").starts_with("ok: pull; requested pull,push"));
  CHECK(step(denied, "push").starts_with("failed: "));

  berth.home().write("docker/config.json", login(registry.host(), "alice", "wrong"));
  const auto refused = doctor({});
  CHECK(refused.status == 4);
  CHECK(step(refused, "credential").starts_with("failed: "));
  CHECK(step(refused, "token") == "skipped: ");
  CHECK_FALSE(*json(refused).find("ok")->as_bool());
}

TEST_CASE("doctor: prints the certificate and why it is not trusted") {
  const test::TlsServer server;
  const Berth berth;
  auto doctor = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{
        "doctor", server.host() + "/a:1", "--flavor", "default", "--set", "tls=true", "--timeout",
        "2s"};  // this server does not respond to HEAD
    arguments.insert(arguments.end(), more.begin(), more.end());
    return berth.run(arguments);
  };
  const auto unknown = doctor({});
  CHECK(unknown.status == 7);
  CHECK(unknown.out.find("ok       connection") != std::string::npos);
  CHECK(unknown.out.find("failed   tls") != std::string::npos);
  CHECK(unknown.out.find("CN=berth test CA") != std::string::npos);
  CHECK(unknown.out.find("--ca-file") != std::string::npos);
  const auto known = doctor({"--ca-file", server.ca_file()});
  CHECK_MESSAGE(known.out.find("ok       tls") != std::string::npos, known.out);
  CHECK_MESSAGE(
      known.out.find("TLSv1.3; certificate of CN=localhost, signed by CN=berth test CA, until ") !=
          std::string::npos,
      known.out);
  const auto unchecked = doctor({"--insecure"});
  CHECK_MESSAGE(unchecked.out.find(": not verified") != std::string::npos, unchecked.out);
}
