// berth login and logout: on a terminal, in parallel, killed, on a full disk, and with unusable
// files.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <random>

#include <boost/filesystem.hpp>

#include "base/base64.hpp"
#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/scripted_server.hpp"
#include "support/tiny_disk.hpp"

using namespace berth;
using test::Berth;
using test::ScriptedServer;

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

std::string auth_of(const std::string& username, const std::string& password) {
  return base::base64_encode(username + ":" + password);
}

// A registry that accepts the password "pass".
test::Handler basic_registry() {
  return [](const test::Received& request) {
    const auto sent = request.header("authorization");
    const bool known =
        sent == "Basic " + auth_of("me", "pass") || sent == "Basic " + auth_of("you", "pass");
    return test::Scripted{
        known ? test::http_answer(200, "{}")
              : test::http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")};
  };
}

std::string numbered_host(int number, const ScriptedServer& server) {
  return "127.0.0." + std::to_string(number) + ":" + std::to_string(server.port());
}

std::unique_ptr<test::BackgroundCommand> start_login(const Berth& berth, const std::string& host,
                                                     const std::string& username) {
  Variables variables = berth.environment();
  variables.emplace_back("BERTH_USERNAME", username);
  variables.emplace_back("BERTH_PASSWORD", "pass");
  return std::make_unique<test::BackgroundCommand>(
      std::vector<std::string>{test::berth_program(), "login", host}, berth.home() / "log",
      variables);
}

void wait_for(test::BackgroundCommand& process) {
  while (process.running()) ::poll(nullptr, 0, 1);
}

base::Json config_of(const Berth& berth) {
  const auto text = test::slurp(berth.home() / "docker/config.json");
  auto config = base::parse_json(text, "config.json");
  REQUIRE_MESSAGE(config.has_value(), text);
  return std::move(*config);
}

std::string kept(const base::Json& config, const std::string& host) {
  const auto* auths = config.find("auths");
  const auto* entry = auths != nullptr ? auths->find(host) : nullptr;
  return entry != nullptr ? entry->string_or("auth", "") : "";
}

std::ptrdiff_t files_in(const std::string& directory) {
  return std::distance(boost::filesystem::directory_iterator(directory),
                       boost::filesystem::directory_iterator());
}

test::CommandResult login_with(const Berth& berth, const std::string& host,
                               Variables variables = {}) {
  test::CommandOptions options;
  options.environment = std::move(variables);
  options.environment.emplace_back("BERTH_USERNAME", "me");
  options.environment.emplace_back("BERTH_PASSWORD", "pass");
  return berth.run({"login", "--output", "json", host}, options);
}

std::string code_of(const test::CommandResult& result) {
  const auto document = base::parse_json(result.out, "out");
  REQUIRE_MESSAGE(document.has_value(), result.out);
  const auto* error = document->find("error");
  return error != nullptr ? error->string_or("code", "") : "";
}

// Runs a command on a pseudo-terminal; types each line once the text before it was shown.
constexpr const char* kTerminal = R"(
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:sys.argv.index('--')])
shown = b''
def more():
    global shown
    try:
        data = os.read(terminal, 1000)
    except OSError:
        data = b''
    shown += data
    return data
dialogue = sys.argv[sys.argv.index('--') + 1:]
for prompt, line in zip(dialogue[::2], dialogue[1::2]):
    while prompt.encode() not in shown and more():
        pass
    os.write(terminal, line.encode())
while more():
    pass
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
)";

test::CommandResult at_terminal(const Berth& berth, const std::vector<std::string>& arguments,
                                const std::vector<std::string>& dialogue) {
  std::vector<std::string> argv{"/usr/bin/python3", "-c", kTerminal, test::berth_program()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  argv.emplace_back("--");
  argv.insert(argv.end(), dialogue.begin(), dialogue.end());
  test::CommandOptions options;
  options.environment = berth.environment();
  return test::run_command(argv, options);
}

}  // namespace

TEST_CASE("login: prompts for the password on a terminal without echo") {
  const ScriptedServer server(basic_registry());
  const Berth berth;
  const auto asked = at_terminal(berth, {"login", numbered_host(1, server)},
                                 {"user name", "me\n", "password", "pass\n"});
  CHECK_MESSAGE(asked.status == 0, asked.out);
  CHECK(asked.out.find("logged in") != std::string::npos);
  CHECK(asked.out.find("me\r\n") != std::string::npos);
  CHECK(asked.out.find("pass\r\n") == std::string::npos);
  CHECK(kept(config_of(berth), numbered_host(1, server)) == auth_of("me", "pass"));

  const auto wrong = at_terminal(berth, {"login", numbered_host(2, server), "--username", "me"},
                                 {"password", "guessed-wrong\n"});
  CHECK(wrong.status == 4);
  CHECK(wrong.out.find("guessed-wrong") == std::string::npos);
  CHECK(kept(config_of(berth), numbered_host(2, server)).empty());

  const auto stopped = at_terminal(berth, {"login", numbered_host(2, server), "--username", "me"},
                                   {"password", "\x03"});
  CHECK(stopped.status == 130);
}

TEST_CASE("login: rejects an invalid user name, and a prompt without a terminal") {
  const ScriptedServer server(basic_registry());
  const Berth berth;
  for (const char* name : {"a:b", "a\nb", ""}) {
    CAPTURE(name);
    test::CommandOptions options;
    options.input = "pass\n";
    CHECK(berth
              .run({"login", numbered_host(1, server), "--username", name, "--password-stdin"},
                   options)
              .status == 2);
  }
  CHECK(berth.run({"login", numbered_host(1, server), "--username", "me"}).status == 2);
  CHECK_FALSE(boost::filesystem::exists(berth.home() / "docker/config.json"));
}

TEST_CASE("login: twenty parallel logins to twenty hosts are all stored, in each of five rounds") {
  ScriptedServer server(basic_registry());
  for (int round = 0; round < 5; ++round) {
    const Berth berth;
    std::vector<std::unique_ptr<test::BackgroundCommand>> running;
    for (int i = 1; i <= 20; ++i)
      running.push_back(start_login(berth, numbered_host(i, server), "me"));
    for (auto& process : running) wait_for(*process);
    const auto config = config_of(berth);
    for (int i = 1; i <= 20; ++i)
      CHECK(kept(config, numbered_host(i, server)) == auth_of("me", "pass"));
  }
}

TEST_CASE(
    "login: killed during any of 200 writes, the file is the old or the new one, and no temporary "
    "file is left") {
  const ScriptedServer server(basic_registry());
  const Berth berth;
  const std::string host = numbered_host(1, server);
  berth.home().write("docker/config.json", R"({"first":1,"auths":{},"last":{"kept":[true]}})");
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(login_with(berth, host).status == 0);
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begin);
  std::mt19937 random(11);
  std::uniform_int_distribution<long> when(0, whole.count());
  for (int i = 0; i < 200; ++i) {
    auto writer = start_login(berth, host, i % 2 == 0 ? "you" : "me");
    ::usleep(static_cast<useconds_t>(when(random)));
    ::kill(writer->pid(), SIGKILL);
    wait_for(*writer);
    const auto config = config_of(berth);
    const auto auth = kept(config, host);
    CHECK((auth == auth_of("me", "pass") || auth == auth_of("you", "pass")));
    CHECK((*config.as_object())[0].first == "first");
    CHECK((*config.as_object())[2].first == "last");
  }
  REQUIRE(login_with(berth, host).status == 0);
  CHECK(files_in(berth.home() / "docker") == 2);  // with the lock
}

TEST_CASE("login: reports a full disk and keeps the old file") {
  const test::TinyDisk disk(64 << 10);
  if (!disk.usable()) return;
  const ScriptedServer server(basic_registry());
  const Berth berth;
  const std::string old = R"({"auths":{"r.example":{"auth":")" + auth_of("me", "old") + "\"}}}";
  std::ofstream(disk / "config.json") << old;
  std::ofstream(disk / "config.json.berth-lock").flush();
  disk.fill();
  const auto full = login_with(berth, numbered_host(1, server), {{"DOCKER_CONFIG", disk.path()}});
  CHECK(full.status == 11);
  CHECK(full.err.find(disk / "config.json") != std::string::npos);
  CHECK(test::slurp(disk / "config.json") == old);
  CHECK(files_in(disk.path()) == 3);
}

TEST_CASE("login: an invalid config.json is reported by name and not changed") {
  const ScriptedServer server(basic_registry());
  const Berth berth;
  const std::string file = berth.home().write("docker/config.json", R"({"auths":{"r.example":{)");
  auto refused = [&](const std::string& cause) {
    CAPTURE(cause);
    const auto result = login_with(berth, numbered_host(1, server));
    CHECK(result.status == 4);
    CHECK(code_of(result) == "auth.config");
    CHECK(result.err.find(file) != std::string::npos);
    CHECK_MESSAGE(result.err.find(cause) != std::string::npos, result.err);
    CHECK(berth.run({"logout", numbered_host(1, server)}).status == 4);
  };
  refused("byte 24");
  CHECK(test::slurp(file) == R"({"auths":{"r.example":{)");
  boost::filesystem::remove(file);
  boost::filesystem::create_directory(file);
  refused("not a regular file");
  boost::filesystem::remove(file);
  REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
  refused("not a regular file");
  boost::filesystem::remove(file);
  berth.home().write("docker/config.json", "{}");
  if (!test::require_machine(test::is_root(), "root, to have a file of another user")) return;
  REQUIRE(::chown(file.c_str(), 4711, 4711) == 0);
  refused("user 4711");
  CHECK(test::slurp(file) == "{}");
}
