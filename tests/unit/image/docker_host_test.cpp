// Where the daemon listens: the variables, contexts and sockets of the docker command.
#include "image/docker_host.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include "daemon_client.hpp"

using namespace berth;
using test::DaemonClient;
using test::TempDir;
using test::Variables;

namespace {

base::Result<image::DockerHost> host_in(Variables variables) {
  DaemonClient client(std::move(variables));
  return image::find_docker_host(client.context());
}

// "URL", or "SOCKET" for a unix socket, or the code of the error.
std::string address_in(Variables variables) {
  const auto host = host_in(std::move(variables));
  if (!host) return host.error().code();
  return host->unix_socket.empty() ? host->url : host->unix_socket;
}

// A context as `docker context create` stores it: contexts/meta/<sha256 of the name>/meta.json, and
// its certificates below contexts/tls.
void write_context(const TempDir& directory, const std::string& name, const std::string& endpoint,
                   const std::vector<std::string>& tls_files = {}) {
  const std::string id = test::sha256(name).substr(7);
  directory.write(
      "contexts/meta/" + id + "/meta.json",
      R"({"Name":")" + name + R"(","Metadata":{},"Endpoints":{"docker":)" + endpoint + "}}");
  for (const auto& file : tls_files)
    directory.write("contexts/tls/" + id + "/docker/" + file, "PEM");
}

std::string system_socket() { return "/var/run/docker.sock"; }

}  // namespace

TEST_CASE("daemon host: completes DOCKER_HOST like the docker command") {
  const struct {
    const char* typed;
    const char* expected;
  } cases[] = {
      {"unix:///run/user/1000/docker.sock", "/run/user/1000/docker.sock"},
      {"unix://relative.sock", "relative.sock"},
      {" unix:///s.sock\n", "/s.sock"},
      {"tcp://build.example:2375", "http://build.example:2375"},
      {"tcp://build.example", "http://build.example:2375"},
      {"tcp://build.example/", "http://build.example:2375"},
      {"tcp://build.example:1/docker/", "http://build.example:1/docker"},
      {"tcp://[::1]", "http://[::1]:2375"},
      {"tcp://[::1]:1", "http://[::1]:1"},
      {"tcp://", "http://localhost:2375"},
      {"tcp://:1", "http://localhost:1"},
      {"127.0.0.1:1", "http://127.0.0.1:1"},
      {"http://build.example:1", "http://build.example:1"},
      {"https://build.example", "https://build.example:2376"},
      {"ssh://me@build.example", "daemon.host"},
      {"npipe:////./pipe/docker_engine", "daemon.host"},
      {"fd://", "daemon.host"},
      {"ftp://build.example", "daemon.host"},
      {"/run/docker.sock", "daemon.host"},
      {"tcp://user:secret@build.example", "daemon.host"},
      {"tcp://build.example:no", "daemon.host"},
      {"tcp://build.example:1?x=y", "daemon.host"},
      {"tcp://build example", "daemon.host"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.typed);
    CHECK(address_in({{"DOCKER_HOST", one.typed}}) == one.expected);
  }
  CHECK(address_in({{"DOCKER_HOST", "unix:///" + std::string(107, 'x')}}) == "daemon.host");
}

TEST_CASE("daemon host: rejects invalid values with a fix") {
  const auto ssh = host_in({{"DOCKER_HOST", "ssh://me@build.example"}});
  REQUIRE_FALSE(ssh);
  CHECK(ssh.error().error_class() == base::ErrorClass::usage);
  CHECK(ssh.error().fix().find("docker save") != std::string::npos);
  const auto path = host_in({{"DOCKER_HOST", "/run/docker.sock"}});
  REQUIRE_FALSE(path);
  CHECK(path.error().fix() == "write unix:///run/docker.sock");
  const auto escape = host_in({{"DOCKER_HOST", "x\x1b://y"}});
  REQUIRE_FALSE(escape);
  CHECK(escape.error().message().find('\x1b') == std::string::npos);
}

TEST_CASE("daemon host: DOCKER_HOST overrides DOCKER_CONTEXT, which overrides currentContext") {
  const TempDir directory;
  write_context(directory, "blue", R"({"Host":"tcp://blue:1","SkipTLSVerify":false})");
  write_context(directory, "green", R"({"Host":"unix:///green.sock"})");
  directory.write("config.json", R"({"currentContext":"green"})");
  const std::string& config = directory.path();
  CHECK(address_in({{"DOCKER_CONFIG", config}}) == "/green.sock");
  CHECK(address_in({{"DOCKER_CONFIG", config}, {"DOCKER_CONTEXT", "blue"}}) == "http://blue:1");
  CHECK(address_in({{"DOCKER_CONFIG", config},
                    {"DOCKER_CONTEXT", "blue"},
                    {"DOCKER_HOST", "tcp://typed:1"}}) == "http://typed:1");
  CHECK(address_in({{"DOCKER_CONFIG", config}, {"DOCKER_CONTEXT", "blue"}, {"DOCKER_HOST", ""}}) ==
        "http://blue:1");
  CHECK(address_in({{"DOCKER_CONFIG", config}, {"DOCKER_CONTEXT", "default"}}) == system_socket());
  const auto named = host_in({{"DOCKER_CONFIG", config}, {"DOCKER_CONTEXT", "blue"}});
  REQUIRE(named);
  CHECK(named->name == "tcp://blue:1 (docker context \"blue\")");
}

TEST_CASE("daemon host: reads contexts from the home directory and reports broken ones") {
  const TempDir home;
  home.write(".docker/config.json", R"({"currentContext":"gone"})");
  const auto gone = host_in({{"HOME", home.path()}});
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code() == "daemon.context");
  CHECK(gone.error().error_class() == base::ErrorClass::not_found);
  CHECK(gone.error().fix() == "docker context ls");

  const auto meta = ".docker/contexts/meta/" + test::sha256("gone").substr(7) + "/meta.json";
  for (const char* damaged : {"", "{", "[]", R"({"Endpoints":{}})"}) {
    CAPTURE(damaged);
    home.write(meta, damaged);
    CHECK(address_in({{"HOME", home.path()}}) == "daemon.context");
  }
  home.write(meta, R"({"Endpoints":{"docker":{"Host":"ssh://there"}}})");
  CHECK(address_in({{"HOME", home.path()}}) == "daemon.host");
  home.write(".docker/config.json", "not json");
  CHECK(address_in({{"HOME", home.path()}}) == system_socket());
}

TEST_CASE("daemon host: uses the certificates of a context") {
  const TempDir directory;
  const Variables context{{"DOCKER_CONFIG", directory.path()}, {"DOCKER_CONTEXT", "c"}};
  const std::string tls = directory / ("contexts/tls/" + test::sha256("c").substr(7) + "/docker");
  write_context(directory, "c", R"({"Host":"tcp://build"})", {"ca.pem", "cert.pem", "key.pem"});
  const auto mutual = host_in(context);
  REQUIRE(mutual);
  CHECK(mutual->url == "https://build:2376");
  CHECK(mutual->tls.ca_file == tls + "/ca.pem");
  CHECK(mutual->tls.client_certificate == tls + "/cert.pem");
  CHECK(mutual->tls.client_key == tls + "/key.pem");
  CHECK(mutual->tls.verify);

  const TempDir bare;
  write_context(bare, "c", R"({"Host":"tcp://build","SkipTLSVerify":true})");
  const auto unverified = host_in({{"DOCKER_CONFIG", bare.path()}, {"DOCKER_CONTEXT", "c"}});
  REQUIRE(unverified);
  CHECK(unverified->url == "https://build:2376");
  CHECK_FALSE(unverified->tls.verify);
}

TEST_CASE(
    "daemon host: supports DOCKER_TLS_VERIFY and DOCKER_TLS with the certificates of "
    "DOCKER_CERT_PATH") {
  const TempDir directory;
  for (const char* file : {"ca.pem", "cert.pem", "key.pem"}) directory.write(file, "PEM");
  const auto verified = host_in({{"DOCKER_HOST", "tcp://build"},
                                 {"DOCKER_TLS_VERIFY", "1"},
                                 {"DOCKER_CERT_PATH", directory.path()}});
  REQUIRE(verified);
  CHECK(verified->url == "https://build:2376");
  CHECK(verified->tls.verify);
  CHECK(verified->tls.ca_file == directory / "ca.pem");
  CHECK(verified->tls.client_key == directory / "key.pem");

  const auto unverified =
      host_in({{"DOCKER_HOST", "tcp://build:1"}, {"DOCKER_TLS", "1"}, {"HOME", "/nowhere"}});
  REQUIRE(unverified);
  CHECK(unverified->url == "https://build:1");
  CHECK_FALSE(unverified->tls.verify);

  // Without DOCKER_CERT_PATH: the configuration directory. Without a host: localhost, like the
  // docker command.
  CHECK(address_in({{"DOCKER_TLS_VERIFY", "1"}, {"DOCKER_CONFIG", directory.path()}}) ==
        "https://localhost:2376");
  // Certificates by themselves do not enable TLS, and a socket has none.
  CHECK(address_in({{"DOCKER_HOST", "tcp://build"}, {"DOCKER_CERT_PATH", directory.path()}}) ==
        "http://build:2375");
  CHECK(address_in({{"DOCKER_HOST", "unix:///s"}, {"DOCKER_TLS_VERIFY", "1"}}) == "/s");
  const auto plain_https = host_in({{"DOCKER_HOST", "https://build"}});
  REQUIRE(plain_https);
  CHECK(plain_https->tls.verify);
  // Like the docker command, a missing ca.pem never means the system's store.
  const auto missing =
      host_in({{"DOCKER_HOST", "tcp://build"}, {"DOCKER_TLS_VERIFY", "1"}, {"HOME", "/nowhere"}});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == "daemon.certificates");
  CHECK(missing.error().error_class() == base::ErrorClass::not_found);
}

TEST_CASE("daemon host: falls back to the rootless socket") {
  const TempDir runtime;
  const std::string system = system_socket();
  CHECK(address_in({{"XDG_RUNTIME_DIR", runtime.path()}}) == system);
  runtime.write("docker.sock", "");
  const bool usable = ::access(system.c_str(), R_OK | W_OK) == 0;
  CHECK(address_in({{"XDG_RUNTIME_DIR", runtime.path()}}) ==
        (usable ? system : runtime / "docker.sock"));
  CHECK(address_in({}) == system);
}
