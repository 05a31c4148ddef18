// Failing, incorrect and fake registries: class, code, exit status, the facts that a user needs,
// and no remains.
#include <doctest/doctest.h>
#include <poll.h>

#include <atomic>
#include <csignal>
#include <future>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/fault_proxy.hpp"
#include "support/free_port.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"
#include "support/scripted_server.hpp"
#include "support/tls_server.hpp"

using namespace berth;
using test::Berth;
using test::Fault;
using test::FaultProxy;
using test::http_answer;
using test::RealRegistry;
using test::Received;
using test::Scripted;
using test::ScriptedServer;
using test::TempDir;

namespace {

// A small image, pushed from its layout or as a docker archive.
struct Image {
  Image() : digest(test::write_layout(directory, "img", "1", {"one", test::noise(3 << 20, 1)})) {}
  [[nodiscard]] std::string layout() const { return "oci:" + (directory / "img") + ":1"; }
  TempDir directory;
  std::string digest;
};

// The result of a push with -o json: standard output was exactly one document.
struct Failure {
  int status = 0;
  std::string error_class;
  std::string code;
  std::string
      text;  // standard error, and message, cause, registry error message and fix of the document
};

Failure failed_push(const std::string& host, const std::vector<std::string>& options = {}) {
  const Image image;
  const Berth berth;
  std::vector<std::string> line{"push", "-o", "json", image.layout(), host + "/a/b:1"};
  line.insert(line.end(), options.begin(), options.end());
  const auto result = berth.run(line);
  const auto document = base::parse_json(result.out, "standard output");
  REQUIRE_MESSAGE(document.has_value(), (result.out + result.err));
  CHECK(document->find("ok")->as_bool() == false);
  const base::Json* error = document->find("error");
  REQUIRE(error != nullptr);
  Failure failure{result.status, error->string_or("class", ""), error->string_or("code", ""), {}};
  failure.text = result.err;
  for (const auto* part : {"message", "cause", "registry", "fix"})
    failure.text += error->string_or(part, "") + "\n";
  CHECK(test::is_error_of_class(result, failure.error_class));
  return failure;
}

bool mentions(const Failure& failure, const std::string& part) {
  return failure.text.find(part) != std::string::npos;
}

std::vector<std::string> over_tls(const std::string& host) {
  return {"--flavor", "default", "--uri", host, "--set", "tls=true"};
}

// A minimal registry for a push, which then fails or returns wrong data.
struct FakeRegistry {
  int blob_status = 201;
  std::string stored;  // the digest that HEAD of the tag returns once the manifest exists; empty:
                       // no such manifest
  bool has_manifest = false;
  std::atomic<int> opened{0};
  std::atomic<int> deleted{0};

  Scripted operator()(const Received& request) {
    const bool manifest = request.target.find("/manifests/") != std::string::npos;
    if (request.method == "POST") {
      const auto location = "Location: /v2/a/b/blobs/uploads/" + std::to_string(++opened) + "\r\n";
      return {http_answer(202, "", location)};
    }
    if (request.method == "PATCH")
      return {http_answer(202, "", "Location: " + request.target + "\r\n")};
    if (request.method == "DELETE") {
      ++deleted;
      return {http_answer(204)};
    }
    if (request.method == "PUT" && manifest) {
      has_manifest = true;
      return {http_answer(201)};
    }
    if (request.method == "PUT")
      return {http_answer(blob_status, "", blob_status == 503 ? "Retry-After: 1\r\n" : "")};
    if (manifest && has_manifest && !stored.empty())
      return {http_answer(200, "", "Docker-Content-Digest: " + stored + "\r\n")};
    return {http_answer(request.target == "/v2/" ? 200 : 404)};
  }
};

// Runs a push, and sends `signal` to it once the proxy holds one of its connections.
struct Interrupted {
  test::CommandResult result;
  std::chrono::milliseconds took{};
};

Interrupted interrupt_push(FaultProxy& proxy, const std::string& source, int signal) {
  const Berth berth;
  const std::string pid_file = berth.home() / "pid";
  test::CommandOptions options;
  options.environment = berth.environment();
  auto running = std::async(std::launch::async, [&] {
    return test::run_command(
        {"sh", "-c", "echo $$ > \"$0\"; exec \"$@\"", pid_file, test::berth_program(), "push", "-o",
         "json", source, proxy.host() + "/a/b:1"},
        options);
  });
  proxy.wait_for_faults(1);
  const auto begin = std::chrono::steady_clock::now();
  ::kill(std::stoi(test::slurp(pid_file)), signal);
  proxy.release();
  Interrupted interrupted{running.get(), {}};
  interrupted.took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  return interrupted;
}

}  // namespace

TEST_CASE("faults: connection refused and unknown host") {
  const auto port = std::to_string(test::free_port());
  const auto refused = failed_push("localhost:" + port);
  CHECK(refused.status == 7);
  CHECK(refused.error_class == "network");
  CHECK(refused.code == "http.unreachable");
  CHECK(mentions(refused, "localhost:" + port));
  CHECK(mentions(refused, "connection refused"));

  const auto unknown = failed_push("registry.invalid");
  CHECK(unknown.status == 7);
  CHECK(unknown.code == "http.no-such-host");
  CHECK(mentions(unknown, "registry.invalid"));
}

TEST_CASE("faults: a web server is not taken for a registry, whatever it returns") {
  const TempDir directory;
  directory.write("v2/index.html", "<html><title>Welcome</title></html>");
  const auto port = std::to_string(test::free_port());
  const test::BackgroundCommand web({"python3", "-m", "http.server", "--bind", "127.0.0.1",
                                     "--directory", directory.path(), port},
                                    directory / "log");
  for (int tries = 0;
       test::run_command({"curl", "-s", "-o", "/dev/null", "http://127.0.0.1:" + port}).status != 0;
       ++tries) {
    REQUIRE(tries < 300);
    ::poll(nullptr, 0, 20);
  }
  const auto static_pages = failed_push("localhost:" + port);
  CHECK(static_pages.status == 9);
  CHECK(static_pages.error_class == "server");
  CHECK(static_pages.code == "registry.not-a-registry");
  CHECK(mentions(static_pages, "text/html"));
  CHECK(mentions(static_pages, "Welcome"));

  ScriptedServer always_ok([](const Received& request) {
    return Scripted{
        http_answer(200, request.method == "HEAD" ? "" : "<html>", "Content-Type: text/html\r\n")};
  });
  const auto application = failed_push(always_ok.host());
  CHECK(application.status == 9);
  CHECK(application.code == "registry.not-a-registry");
}

TEST_CASE("faults: the wrong scheme and a certificate of an unknown authority") {
  ScriptedServer plain([](const Received&) { return Scripted{http_answer(400), true}; });
  const auto speaks_http = failed_push(plain.host(), over_tls(plain.host()));
  CHECK(speaks_http.status == 7);
  CHECK(speaks_http.code == "http.plain");
  CHECK(mentions(speaks_http, "--plain-http"));

  ScriptedServer tls([](const Received&) {
    return Scripted{http_answer(400, "Client sent an HTTP request to an HTTPS server.\n")};
  });
  const auto speaks_https = failed_push(tls.host());
  CHECK(speaks_https.status == 7);
  CHECK(speaks_https.code == "http.tls-expected");
  CHECK(mentions(speaks_https, "tls=true"));

  const test::TlsServer server;
  const auto untrusted = failed_push(server.host(), over_tls(server.host()));
  CHECK(untrusted.status == 7);
  CHECK(untrusted.code == "http.certificate-issuer");
  CHECK(mentions(untrusted, "CN=berth test CA"));
  CHECK(mentions(untrusted, "--ca-file"));
}

TEST_CASE("faults: a failing registry gets five attempts, and every upload session is deleted") {
  FakeRegistry registry;
  registry.blob_status = 500;
  ScriptedServer server(std::ref(registry));
  const auto failed = failed_push(server.host(), {"--jobs", "1"});
  CHECK(failed.status == 9);
  CHECK(failed.error_class == "server");
  CHECK(failed.code == "push.blob-failed");
  CHECK(mentions(failed, "500 for PUT"));
  CHECK(mentions(failed, "5 attempts"));
  CHECK(registry.opened.load() == 5);
  CHECK(registry.deleted.load() == 5);
}

TEST_CASE("faults: the stored manifest must be the uploaded one, under the requested tag") {
  FakeRegistry liar;
  liar.stored = test::sha256("another image");
  ScriptedServer lying(std::ref(liar));
  const auto moved = failed_push(lying.host());
  CHECK(moved.status == 10);
  CHECK(moved.error_class == "integrity");
  CHECK(moved.code == "push.moved");
  CHECK(mentions(moved, liar.stored));
  CHECK(mentions(moved, Image().digest));

  FakeRegistry forgetful;
  ScriptedServer forgetting(std::ref(forgetful));
  const auto vanished = failed_push(forgetting.host());
  CHECK(vanished.status == 10);
  CHECK(vanished.code == "push.vanished");
}

TEST_CASE("faults: retries connections that are lost during an upload") {
  const Image image;
  const Berth berth;
  const auto archive =
      image.directory.write("a.tar", test::docker_archive({test::noise(3 << 20, 2)}).tar());
  for (const auto& source : {image.layout(), "docker-archive:" + archive}) {
    CAPTURE(source);
    const RealRegistry registry;
    FaultProxy proxy(registry.port(), {Fault::Kind::cut, 1 << 20, 2});
    const auto pushed = berth.run({"push", source, proxy.host() + "/a/b:1"});
    CHECK_MESSAGE(pushed.status == 0, pushed.err);
    CHECK(proxy.faults() == 2);
    CHECK(registry.digest_seen_by_skopeo("a/b:1") ==
          pushed.out.substr(pushed.out.find('@') + 1, 71));
    // docker-registry 2.8 cannot delete a session whose request was truncated; it removes it after
    // a week.
    CHECK(registry.open_uploads() <= 2);
  }
}

TEST_CASE("faults: SIGINT and SIGTERM stop an upload within a second and delete its session") {
  const TempDir directory;
  test::write_layout(directory, "img", "1", {test::noise(12 << 20, 1)});
  const auto archive =
      directory.write("a.tar", test::docker_archive({test::noise(12 << 20, 2)}).tar());
  const std::pair<int, std::string> cases[] = {{SIGINT, "oci:" + (directory / "img")},
                                               {SIGTERM, "docker-archive:" + archive}};
  for (const auto& one : cases) {
    CAPTURE(one.second);
    const RealRegistry registry;
    FaultProxy proxy(registry.port(), {Fault::Kind::hold, 1 << 20, 1});
    const auto interrupted = interrupt_push(proxy, one.second, one.first);
    CHECK(interrupted.result.status == 128 + one.first);
    CHECK(interrupted.took < std::chrono::milliseconds(10000));
    const auto document = base::parse_json(interrupted.result.out, "out");
    REQUIRE(document.has_value());
    CHECK(document->find("error")->string_or("class", "") == "interrupted");
    CHECK(registry.open_uploads() == 0);
    CHECK(registry.digest_seen_by_skopeo("a/b:1").empty());
  }
}

TEST_CASE("faults: --timeout stops a push to a registry that does not respond") {
  ScriptedServer server([](const Received&) { return Scripted{.answer = "", .wait = true}; });
  const auto begin = std::chrono::steady_clock::now();
  const auto late = failed_push(server.host(), {"--timeout", "1s"});
  CHECK(late.status == 8);
  CHECK(late.error_class == "stall");
  CHECK(late.code == "timeout");
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
}
