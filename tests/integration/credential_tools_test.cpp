// Docker's and containers tools read credentials that berth stores, and the reverse, with Debian's
// own programs.
#include <doctest/doctest.h>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"

using namespace berth;
using test::Berth;
using test::RealRegistry;
using test::run_command;
using test::TempDir;

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kPassword = "open sesame";

struct Place {
  RealRegistry registry{{"alice", kPassword}};
  TempDir directory;
  Berth berth;
  // In the form that docker 20.10 supports, which does not know OCI's media types.
  std::string image =
      "docker-archive:" + directory.write("app.tar", test::docker_archive({"one"}).tar());

  [[nodiscard]] test::CommandResult run(const std::vector<std::string>& argv, Variables more = {},
                                        const std::string& input = {}) const {
    test::CommandOptions options;
    options.environment = berth.environment();
    options.environment.insert(options.environment.end(), more.begin(), more.end());
    options.input = input;
    return run_command(argv, options);
  }
  [[nodiscard]] test::CommandResult login(const Variables& more = {}) const {
    return run({test::berth_program(), "login", registry.host(), "--username", "alice",
                "--password-stdin"},
               more, std::string(kPassword) + "\n");
  }
  [[nodiscard]] test::CommandResult push(const Variables& more = {}) const {
    return run({test::berth_program(), "push", "-v", image, registry.host() + "/a/b:1"}, more);
  }
  [[nodiscard]] std::string config() const { return berth.home() / "docker/config.json"; }
};

// "sha256:…\n" from the output of push.
std::string digest_in(const test::CommandResult& pushed) {
  return pushed.out.substr(pushed.out.find('@') + 1);
}

// A store of pass, with its own key without a passphrase.
class PassStore {
 public:
  PassStore() {
    run({"chmod", "700", directory_.path()});
    run({"gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "berth-test",
         "default", "default", "never"});
    run({"pass", "init", "berth-test"});
  }
  PassStore(const PassStore&) = delete;
  PassStore& operator=(const PassStore&) = delete;
  ~PassStore() { run({"gpgconf", "--kill", "all"}); }
  [[nodiscard]] Variables variables() const {
    return {{"GNUPGHOME", directory_.path()}, {"PASSWORD_STORE_DIR", directory_ / "store"}};
  }

 private:
  void run(const std::vector<std::string>& argv) const {
    test::CommandOptions options;
    options.environment = variables();
    const auto result = run_command(argv, options);
    if (result.status != 0) MESSAGE(argv[0], ": ", result.err);
  }
  TempDir directory_;
};

}  // namespace

TEST_CASE(
    "credential tools: docker-credential-pass stores, returns and erases berth's credentials") {
  const Place place;
  const PassStore store;
  const auto variables = store.variables();
  // skopeo supports only credHelpers, docker also credsStore.
  place.berth.home().write("docker/config.json",
                           R"({"credHelpers":{")" + place.registry.host() + R"(":"pass"}})");
  const auto login = place.login(variables);
  REQUIRE_MESSAGE(login.status == 0, login.err);
  CHECK(login.out.find("docker-credential-pass") != std::string::npos);
  CHECK(test::slurp(place.config()).find("auth\"") == std::string::npos);

  auto get = [&] {
    return place.run({"docker-credential-pass", "get"}, variables, place.registry.host());
  };
  const auto got = base::parse_json(get().out, "helper");
  REQUIRE(got.has_value());
  CHECK(got->string_or("Username", "") == "alice");
  CHECK(got->string_or("Secret", "") == kPassword);

  const auto pushed = place.push(variables);
  CHECK_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(pushed.err.find("docker-credential-pass") != std::string::npos);
  // skopeo uses the same helper.
  const auto seen = place.run(
      {"skopeo", "inspect", "--no-tags", "--tls-verify=false", "--authfile", place.config(),
       "--format", "{{.Digest}}", "docker://" + place.registry.host() + "/a/b:1"},
      variables);
  CHECK_MESSAGE(seen.out == digest_in(pushed), seen.err);

  const auto logout =
      place.run({test::berth_program(), "logout", place.registry.host()}, variables);
  CHECK_MESSAGE(logout.status == 0, logout.err);
  CHECK(get().out.find(kPassword) == std::string::npos);
  CHECK(place.run({test::berth_program(), "logout", place.registry.host()}, variables).status == 6);
  const auto refused = place.push(variables);
  CHECK(refused.status == 4);
  CHECK(refused.err.find("tried: ") != std::string::npos);
}

TEST_CASE("credential tools: docker and skopeo read credentials that berth stored") {
  const Place place;
  REQUIRE(place.login().status == 0);
  const auto pushed = place.push();
  REQUIRE(pushed.status == 0);
  const std::string name = place.registry.host() + "/a/b:1";
  const auto skopeo =
      place.run({"skopeo", "inspect", "--no-tags", "--tls-verify=false", "--authfile",
                 place.config(), "--format", "{{.Digest}}", "docker://" + name});
  CHECK_MESSAGE(skopeo.out == digest_in(pushed), skopeo.err);
  const auto docker = place.run({"docker", "manifest", "inspect", "--insecure", name},
                                {{"DOCKER_CLI_EXPERIMENTAL", "enabled"}});
  CHECK_MESSAGE(docker.status == 0, docker.err);
  CHECK(docker.out.find("\"layers\"") != std::string::npos);

  REQUIRE(place.run({test::berth_program(), "logout", place.registry.host()}).status == 0);
  CHECK(place
            .run({"docker", "manifest", "inspect", "--insecure", name},
                 {{"DOCKER_CLI_EXPERIMENTAL", "enabled"}})
            .status != 0);
}

TEST_CASE("credential tools: berth reads credentials that docker and skopeo stored") {
  const Place place;
  // Without a daemon, docker verifies the login itself; if the file has no entry, it prefers a
  // helper.
  place.berth.home().write("docker/config.json", R"({"auths":{"other.example":{"auth":"eDp5"}}})");
  const auto docker = place.run(
      {"docker", "login", place.registry.host(), "--username", "alice", "--password-stdin"},
      {{"DOCKER_HOST", "unix://" + (place.directory / "none.sock")}}, kPassword);
  REQUIRE_MESSAGE(docker.status == 0, docker.err);
  const auto with_docker = place.push();
  CHECK_MESSAGE(with_docker.status == 0, with_docker.err);
  CHECK(with_docker.err.find(place.config()) != std::string::npos);
  boost::filesystem::remove(place.config());
  CHECK(place.push().status == 4);

  const std::string file = place.directory / "auth.json";
  const auto skopeo = place.run({"skopeo", "login", "--tls-verify=false", "--authfile", file,
                                 "--username", "alice", "--password-stdin", place.registry.host()},
                                {}, kPassword);
  REQUIRE_MESSAGE(skopeo.status == 0, skopeo.err);
  const auto with_skopeo = place.push({{"REGISTRY_AUTH_FILE", file}});
  CHECK_MESSAGE(with_skopeo.status == 0, with_skopeo.err);
  CHECK(with_skopeo.err.find(file) != std::string::npos);
}
