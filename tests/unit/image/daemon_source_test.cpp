// An image of the docker daemon, from a fake one whose responses follow or violate the Engine API.
#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem.hpp>

#include "daemon_client.hpp"
#include "support/requirements.hpp"

using namespace berth;
using base::ErrorClass;
using test::DaemonClient;
using test::exported;
using test::http_answer;
using test::inspected;
using test::pong;
using test::Scripted;
using test::ScriptedServer;
using test::TempDir;

namespace {

const std::string kId = test::sha256("image");

// A fake daemon on a socket, a client of it, and a directory for temporary files.
class FakeDaemon {
 public:
  explicit FakeDaemon(std::vector<Scripted> script)
      : server_(std::move(script), directory_ / "s.sock"),
        client(test::Variables{{"DOCKER_HOST", "unix://" + (directory_ / "s.sock")}}) {
    boost::filesystem::create_directory(spool());
    if (const char* old = ::getenv("TMPDIR")) old_ = old;
    ::setenv("TMPDIR", spool().c_str(), 1);
  }
  ~FakeDaemon() { old_.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", old_.c_str(), 1); }
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  [[nodiscard]] std::string spool() const { return directory_ / "spool"; }
  [[nodiscard]] std::string socket() const { return directory_ / "s.sock"; }
  [[nodiscard]] bool nothing_left() const { return boost::filesystem::is_empty(spool()); }
  std::vector<std::string> targets() {
    std::vector<std::string> all;
    for (const auto& request : server_.received()) all.push_back(request.target);
    return all;
  }

 private:
  TempDir directory_;
  ScriptedServer server_;
  std::string old_;

 public:
  DaemonClient client;
};

base::Error error_of(FakeDaemon& daemon, const std::string& name) {
  auto source = daemon.client.open(name);
  REQUIRE_FALSE(source);
  CHECK(daemon.nothing_left());
  return std::move(source).error();
}

}  // namespace

TEST_CASE("daemon: requests an image by ID under the daemon's API version") {
  FakeDaemon daemon({pong(), inspected(kId), exported(test::docker_archive({"one", "two"}).tar())});
  const auto source = daemon.client.open("localhost:5000/app:1.2");
  REQUIRE_MESSAGE(source, source.error().message());
  CHECK(std::get<image::RawImage>((*source)->contents()).layers.size() == 2);
  CHECK(daemon.targets() == std::vector<std::string>{"/_ping",
                                                     "/v1.41/images/localhost:5000/app:1.2/json",
                                                     "/v1.41/images/" + kId + "/get"});
  CHECK(daemon.nothing_left());
}

TEST_CASE("daemon: an image that is known is exported only if a layer of it is read") {
  const auto archive = test::docker_archive({"one", "two"}).tar();
  FakeDaemon first({pong(), inspected(kId), exported(archive)});
  const auto image = std::get<image::RawImage>(first.client.open("app").value()->contents());
  FakeDaemon daemon({pong(), inspected(kId), exported(archive)});
  daemon.client.known_image = [&](const std::string& id) {
    return id == kId ? std::optional(image) : std::nullopt;
  };
  const auto source = daemon.client.open("app");
  REQUIRE(source);
  CHECK((*source)->vouches_for_layers());
  CHECK(daemon.targets().size() == 2);
  CHECK((*source)->open_layer(0));
  CHECK((*source)->open_layer(1));
  CHECK(daemon.targets().size() == 3);
  CHECK(daemon.nothing_left());
}

TEST_CASE("daemon: an export that differs from the known image is an error") {
  FakeDaemon first({pong(), inspected(kId), exported(test::docker_archive({"one", "two"}).tar())});
  const auto image = std::get<image::RawImage>(first.client.open("app").value()->contents());
  for (const auto& layers :
       {std::vector<std::string>{"one"}, std::vector<std::string>{"one", "other"}}) {
    FakeDaemon daemon({pong(), inspected(kId), exported(test::docker_archive(layers).tar())});
    daemon.client.known_image = [&](const std::string&) { return std::optional(image); };
    const auto source = daemon.client.open("app");
    REQUIRE(source);
    const auto layer = (*source)->open_layer(0);
    REQUIRE_FALSE(layer);
    CHECK(layer.error().code() == "daemon.changed");
    CHECK(layer.error().error_class() == ErrorClass::server);
  }
}

TEST_CASE("daemon: omits the API version if the daemon does not report it") {
  FakeDaemon daemon(
      {{http_answer(403, "no")}, inspected(kId), exported(test::docker_archive({"one"}).tar())});
  CHECK(daemon.client.open("app"));
  CHECK(daemon.targets()[1] == "/images/app/json");
  FakeDaemon odd({{http_answer(200, "OK", "Api-Version: ../1\r\n")},
                  inspected(kId),
                  exported(test::docker_archive({"one"}).tar())});
  CHECK(odd.client.open("app"));
  CHECK(odd.targets()[1] == "/images/app/json");
}

TEST_CASE("daemon: escapes special characters of a name, which cannot leave its path") {
  const struct {
    const char* name;
    const char* path;
  } cases[] = {{"a b", "a%20b"},       {"a?x=y#z", "a%3Fx%3Dy%23z"}, {"a%2fb", "a%252fb"},
               {"a\r\nb", "a%0D%0Ab"}, {"\xc3\xa4", "%C3%A4"},       {"a@sha256:b", "a@sha256:b"}};
  for (const auto& one : cases) {
    FakeDaemon daemon({pong(), {http_answer(400, R"({"message":"invalid reference format"})")}});
    const auto error = error_of(daemon, one.name);
    CHECK(error.code() == "daemon.image-name");
    CHECK(error.error_class() == ErrorClass::usage);
    CHECK(daemon.targets().back() == std::string("/v1.41/images/") + one.path + "/json");
  }
  for (const char* name : {"../containers", "a/../../b", "a/.", ".."}) {
    CAPTURE(name);
    FakeDaemon daemon({});
    CHECK(error_of(daemon, name).code() == "daemon.image-name");
    CHECK(daemon.targets().empty());
  }
}

TEST_CASE("daemon: reports a missing image with the available ones and a near miss") {
  const Scripted missing{http_answer(404, R"({"message":"no such image"})")};
  const Scripted list{http_answer(
      200,
      R"([{"RepoTags":["acme/app:1.2","other:1"]},{"RepoTags":["<none>:<none>"]},{"RepoTags":null},7])")};
  const struct {
    const char* name;
    const char* fix;
  } cases[] = {{"acme/app:1.3", "did you mean acme/app:1.2?"},
               {"othr:1", "did you mean other:1?"},
               {"zzzzzzzz", ""}};
  for (const auto& one : cases) {
    FakeDaemon daemon({pong(), missing, list});
    const auto error = error_of(daemon, one.name);
    CHECK(error.code() == "source.no-image");
    CHECK(error.error_class() == ErrorClass::not_found);
    CHECK(error.cause() == "available: acme/app:1.2, other:1");
    CHECK(error.fix() == one.fix);
  }
  for (const char* unusable : {"[]", "{}", "<html>", R"([{"RepoTags":["zzzzzzzz:latest"]}])"}) {
    FakeDaemon daemon({pong(), missing, {http_answer(200, unusable)}});
    CHECK(error_of(daemon, "zzzzzzzz").code() == "source.no-image");
  }
}

TEST_CASE("daemon: distinct errors for servers that are not a daemon and for refusals") {
  const struct {
    Scripted answer;
    ErrorClass error_class;
    const char* code;
  } cases[] = {
      {{http_answer(200, "<html>Welcome</html>", "Content-Type: text/html\r\n")},
       ErrorClass::server,
       "daemon.not-docker"},
      {{http_answer(200, "[]")}, ErrorClass::server, "daemon.not-docker"},
      {{http_answer(200, R"({"Id":"../x"})")}, ErrorClass::server, "daemon.not-docker"},
      {{http_answer(404, "<html>")}, ErrorClass::server, "daemon.refused"},
      {{http_answer(400, "Client sent an HTTP request to an HTTPS server.\n")},
       ErrorClass::server,
       "daemon.refused"},
      {{http_answer(403, R"({"message":"authorization denied by plugin"})")},
       ErrorClass::denied,
       "daemon.denied"},
      {{"SSH-2.0-OpenSSH_9.2\r\n", true}, ErrorClass::server, "daemon.not-docker"},
      {{http_answer(200, std::string(5 << 20, ' '))}, ErrorClass::server, "http.too-large"},
  };
  for (const auto& one : cases) {
    FakeDaemon daemon({pong(), one.answer});
    const auto error = error_of(daemon, "app:1");
    CAPTURE(error.message());
    CHECK(error.code() == one.code);
    CHECK(error.error_class() == one.error_class);
  }
}

TEST_CASE("daemon: retries a server error once and keeps its message") {
  const Scripted failing{http_answer(500, "{\"message\":\"layer \\u001b[31m is gone\"}")};
  FakeDaemon daemon({pong(), inspected(kId), failing, failing});
  const auto error = error_of(daemon, "app:1");
  CHECK(error.code() == "daemon.refused");
  CHECK(error.error_class() == ErrorClass::server);
  CHECK(error.cause() == "it responded 500: layer \\x1b[31m is gone");
  CHECK(daemon.targets().size() == 4);
}

TEST_CASE("daemon: requests an interrupted archive again from its beginning") {
  const auto archive = test::docker_archive({test::noise(300'000, 1)}).tar();
  const auto whole = exported(archive);
  const Scripted half{whole.answer.substr(0, whole.answer.size() / 2), true};
  FakeDaemon daemon({pong(), inspected(kId), half, whole});
  CHECK(daemon.client.open("app:1"));
  FakeDaemon broken({pong(), inspected(kId), half, half});
  const auto error = error_of(broken, "app:1");
  CHECK(error.code() == "daemon.lost");
  CHECK(error.error_class() == ErrorClass::network);
}

TEST_CASE("daemon: detects a truncated archive, even if the connection closed normally") {
  const auto archive = test::docker_archive({test::noise(300'000, 1)}).tar();
  FakeDaemon daemon(
      {pong(), inspected(kId), {"HTTP/1.0 200 OK\r\n\r\n" + archive.substr(0, 200'000), true}});
  CHECK(error_of(daemon, "app:1").error_class() == ErrorClass::integrity);
  FakeDaemon page({pong(), inspected(kId), {http_answer(200, "<html>" + std::string(2000, 'x'))}});
  CHECK(error_of(page, "app:1").code() == "daemon.not-docker");
  FakeDaemon empty({pong(), inspected(kId), {http_answer(200, "")}});
  CHECK(error_of(empty, "app:1").code() == "daemon.not-docker");
}

TEST_CASE("daemon: connection refused, and a connection that is closed without a response") {
  DaemonClient unreachable(test::Variables{{"DOCKER_HOST", "unix:///nowhere/docker.sock"}});
  const auto missing = unreachable.open("app:1");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == "daemon.unreachable");
  CHECK(missing.error().error_class() == ErrorClass::network);
  CHECK(missing.error().message().find("unix:///nowhere/docker.sock") != std::string::npos);
  CHECK_FALSE(missing.error().fix().empty());
  FakeDaemon silent({{"", true}, {"", true}});
  CHECK(error_of(silent, "app:1").error_class() == ErrorClass::network);
}

TEST_CASE("daemon: a permission error on the socket names the group to join") {
  const bool root = test::is_root();
  FakeDaemon daemon({});
  REQUIRE(::chmod(daemon.socket().c_str(), 0) == 0);
  if (root) REQUIRE(::setresuid(65534, 65534, 0) == 0);
  auto source = daemon.client.open("app:1");
  if (root) REQUIRE(::setresuid(0, 0, 0) == 0);
  REQUIRE_FALSE(source);
  CHECK(source.error().code() == "daemon.permission");
  CHECK(source.error().error_class() == ErrorClass::denied);
  CHECK(source.error().fix().find("docker") != std::string::npos);
}

TEST_CASE("daemon: a cancelled export stops immediately and leaves no file") {
  const auto archive = test::noise(1'000'000, 1);
  FakeDaemon daemon(
      {pong(), inspected(kId), {"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + archive}});
  std::thread interrupter([&] {
    while (daemon.targets().size() < 3) ::usleep(1000);
    daemon.client.cancellation.request(base::Cancellation::Reason::interrupt);
  });
  const auto error = error_of(daemon, "app:1");
  interrupter.join();
  CHECK(error.error_class() == ErrorClass::interrupted);
}

TEST_CASE("daemon: an endless archive on a full disk") {
  if (!test::require_machine(test::is_root() && ::unshare(CLONE_NEWNS) == 0,
                             "root, to make a small disk")) {
    CHECK(true);
    return;
  }
  FakeDaemon daemon(
      {pong(), inspected(kId), {"HTTP/1.1 200 OK\r\n\r\n" + test::noise(3'000'000, 1)}});
  // Visible only to this thread, and removed with it.
  REQUIRE(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
  REQUIRE(::mount("tmpfs", daemon.spool().c_str(), "tmpfs", 0, "size=1m") == 0);
  const auto error = error_of(daemon, "app:1");
  CHECK(error.error_class() == ErrorClass::disk);
  CHECK(error.fix().find("TMPDIR") != std::string::npos);
  CHECK(::umount(daemon.spool().c_str()) == 0);
}
