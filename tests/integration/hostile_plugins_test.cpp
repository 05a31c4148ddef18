// Hostile plugins, through the program: exit status, the error's form, no tag and no remaining
// process.
#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include <boost/filesystem.hpp>

#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using test::Berth;
using test::RealRegistry;
using test::TempDir;

namespace {

std::vector<std::string> push_line(const TempDir& directory, const std::string& host,
                                   const std::string& flavor,
                                   const std::vector<std::string>& settings) {
  std::vector<std::string> line{
      "push",     "--flavor-path", BERTH_TEST_PLUGINS,           "-v",
      "--flavor", flavor,          "oci:" + (directory / "img"), host + "/a/b:1"};
  for (const auto& setting : settings) line.insert(line.end(), {"--set", setting});
  return line;
}

// "pid (comm) state ppid …" of a process; empty if it does not exist.
std::string stat_of(const std::string& process) {
  return test::slurp("/proc/" + process + "/stat");
}

// The worker that a process started; empty if none has started yet.
std::string worker_of(int parent) {
  for (boost::filesystem::directory_iterator it("/proc"), end; it != end; ++it) {
    const std::string process = it->path().filename().string();
    if (process.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string stat = stat_of(process);
    if (stat.find("(berth-flavor-wo)") == std::string::npos) continue;
    if (stat.find(") S " + std::to_string(parent) + " ") != std::string::npos) return process;
  }
  return {};
}

bool is_gone(const std::string& process) {
  const std::string stat = stat_of(process);
  return stat.find("(berth-flavor-wo)") == std::string::npos ||
         stat.find(") Z ") != std::string::npos;
}

}  // namespace

TEST_CASE(
    "hostile: a plugin that violates the contract, throws or crashes ends a push with status 12 "
    "and no tag") {
  const TempDir directory;
  const RealRegistry registry;
  const Berth berth;
  test::write_layout(directory, "img", "1", {"one"});
  struct Case {
    const char* flavor;
    std::vector<std::string> settings;
    const char* file;
    const char* call;
    const char* cause;
  };
  const Case cases[] = {
      {"liar1", {"what=nothing"}, "liar.so", "violated the contract", "nothing was pushed"},
      {"liar1",
       {"what=nothing-with-digest"},
       "liar.so",
       "violated the contract",
       "nothing was pushed"},
      {"hostile",
       {"what=throw", "where=prepare"},
       "hostile.so",
       "push_image",
       "I do not \\x1b[31mlike it"},
      {"hostile", {"what=exit", "where=push"}, "hostile.so", "push_image", "exited with status"},
      {"hostile", {"what=abort", "where=create"}, "hostile.so", "create", "signal 6"},
      {"hostile", {"what=garbage", "where=prepare"}, "hostile.so", "push_image", "malformed frame"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.settings[0]);
    const auto pushed = berth.run(push_line(directory, registry.host(), one.flavor, one.settings));
    CHECK(pushed.status == 12);
    CHECK(pushed.out.empty());
    CHECK(test::is_error_of_class(pushed, "plugin"));
    for (const char* part : {one.file, one.call, one.cause})
      CHECK_MESSAGE(pushed.err.find(part) != std::string::npos, pushed.err);
    CHECK(pushed.err.find('\x1b') == std::string::npos);
    CHECK(registry.digest_seen_by_skopeo("a/b:1").empty());
  }
  CHECK(registry.open_uploads() == 0);
}

TEST_CASE("hostile: a hanging plugin is killed at its deadline of seconds") {
  const TempDir directory;
  const Berth berth;
  test::write_layout(directory, "img", "1", {"one"});
  const test::ScriptedServer server(std::vector<test::Scripted>{});
  const auto begin = std::chrono::steady_clock::now();
  const auto pushed =
      berth.run(push_line(directory, server.host(), "hostile", {"what=hang", "where=create"}));
  CHECK(pushed.status == 12);
  CHECK(pushed.err.find("did not respond within 2000 ms") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
}

TEST_CASE(
    "hostile: a wrong digest after the push reports what is stored; a fault in destroy changes no "
    "result") {
  const TempDir directory;
  const RealRegistry registry;
  const Berth berth;
  const auto digest = test::write_layout(directory, "img", "1", {"one"});
  const auto violation =
      berth.run(push_line(directory, registry.host(), "liar1", {"what=other-digest"}));
  CHECK(violation.status == 12);
  CHECK(violation.err.find(digest + " was already pushed") != std::string::npos);
  CHECK(registry.digest_seen_by_skopeo("a/b:1") == digest);
  const auto crashed =
      berth.run(push_line(directory, registry.host(), "hostile", {"what=abort", "where=destroy"}));
  CHECK(crashed.status == 0);
  CHECK(crashed.out == registry.host() + "/a/b@" + digest + "\n");
  CHECK(crashed.err.find("failed in destroy") != std::string::npos);
}

TEST_CASE("hostile: a registry error that a plugin passes on keeps its class") {
  const TempDir directory;
  const Berth berth;
  test::write_layout(directory, "img", "1", {"one"});
  test::ScriptedServer server([](const test::Received& request) -> test::Scripted {
    if (request.target == "/v2/") return {test::http_answer(200, "{}")};
    return {test::http_answer(403, R"({"errors":[{"code":"DENIED","message":"no"}]})")};
  });
  const auto pushed = berth.run(
      push_line(directory, server.host(), "hostile", {"what=ask-registry", "where=prepare"}));
  CHECK_MESSAGE(pushed.status == 4, pushed.err);  // an anonymous request that is denied
  CHECK_FALSE(server.received().empty());
}

TEST_CASE("hostile: a worker exits with berth, even if its plugin hangs") {
  const TempDir directory;
  const Berth berth;
  test::write_layout(directory, "img", "1", {"one"});
  std::vector<std::string> line{test::berth_program()};
  const auto rest = push_line(directory, "localhost:1", "hostile", {"what=hang", "where=create"});
  line.insert(line.end(), rest.begin(), rest.end());
  test::BackgroundCommand command(line, directory / "log", berth.environment());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string worker;
  while (worker.empty() && command.running() && std::chrono::steady_clock::now() < deadline)
    worker = worker_of(command.pid());
  REQUIRE_FALSE(worker.empty());
  ::kill(command.pid(), SIGKILL);  // berth cannot clean up any more
  while (!is_gone(worker) && std::chrono::steady_clock::now() < deadline) ::usleep(1'000);
  CHECK(is_gone(worker));
}

TEST_CASE("hostile: berth-flavor-worker describes itself if it is run by hand") {
  const auto ran = test::run_command({BERTH_WORKER});
  CHECK(ran.status == 2);
  CHECK(ran.err.find("must be started by berth") != std::string::npos);
}
