// docker-daemon: a real dockerd, a real docker-registry, and back. Needs root; one daemon serves
// all cases.
#include <doctest/doctest.h>

#include <boost/filesystem.hpp>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_daemon.hpp"
#include "support/real_registry.hpp"
#include "support/requirements.hpp"

using namespace berth;
using test::Berth;
using test::CommandOptions;
using test::CommandResult;
using test::RealDaemon;
using test::RealRegistry;
using test::TempDir;

namespace {

struct Machine {
  RealDaemon daemon;
  RealRegistry registry;
  Berth berth;

  Machine() {
    daemon.import_busybox("demo/app:1");
    daemon.docker({"tag", "demo/app:1", "demo/app:latest"});
    const auto other = test::tar_of({{"file", "other"}});
    daemon.docker({"import", "-", "demo/other:1"}, other);
  }
  CommandResult run(const std::vector<std::string>& arguments,
                    const std::string& input = {}) const {
    CommandOptions options;
    options.environment = {{"DOCKER_HOST", daemon.host()}};
    options.input = input;
    return berth.run(arguments, options);
  }
  [[nodiscard]] std::string at(const std::string& repository) const {
    return registry.host() + "/" + repository;
  }
};

// nullptr if the machine cannot run a daemon.
Machine* machine() {
  if (!test::require_machine(test::is_root(), "root, to run dockerd")) return nullptr;
  static Machine shared;
  return &shared;
}

// doctest's runner fails a case without an assertion.
void skipped() { CHECK(true); }

std::string digest_in(const std::string& line) {
  const auto at = line.find("sha256:");
  return at == std::string::npos ? "" : line.substr(at, 71);
}

std::string image_id(Machine& m, const std::string& name) {
  return digest_in(m.daemon.docker({"image", "inspect", "--format", "{{.Id}}", name}));
}

}  // namespace

TEST_CASE("daemon: an image is pushed, pulled back by the daemon, and runs") {
  Machine* m = machine();
  if (m == nullptr) return skipped();
  const auto pushed = m->run({"push", "docker-daemon:demo/app:1", m->at("run/app:1")});
  REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
  const auto digest = digest_in(pushed.out);
  CHECK(pushed.out == m->at("run/app") + "@" + digest + "\n");
  CHECK(m->registry.digest_seen_by_skopeo("run/app:1") == digest);

  const auto pulled = m->daemon.docker({"pull", m->at("run/app:1")});
  CHECK(digest_in(pulled) == digest);
  CHECK(image_id(*m, m->at("run/app:1")) == image_id(*m, "demo/app:1"));
  CHECK(m->daemon.docker({"run", "--rm", "--network=none", m->at("run/app:1")}) ==
        "hello from berth\n");
}

// Layers that are uncompressed in the daemon are compressed during the upload; the digest is the
// same.
TEST_CASE("daemon: repeated pushes upload identical bytes") {
  Machine* m = machine();
  if (m == nullptr) return skipped();
  const auto first = m->run({"push", "demo/app:1", m->at("twice/app:1")});
  REQUIRE_MESSAGE(first.status == 0, first.err);
  const auto second = m->run(
      {"push", "-o", "json", "--no-cache", "docker-daemon:demo/app:1", m->at("twice/app:2")});
  REQUIRE_MESSAGE(second.status == 0, second.err);
  const auto document = base::parse_json(second.out, "out").value();
  CHECK(document.string_or("digest", "") == digest_in(first.out));
  CHECK(document.find("blobs")->as_array()->front().string_or("action", "") ==
        "reused");  // the config
  CHECK(m->registry.open_uploads() == 0);
}

TEST_CASE("daemon: an image that the registry has is not exported again") {
  Machine* m = machine();
  if (m == nullptr) return skipped();
  const auto exports = [](const std::string& log) {
    return log.find("/get ") != std::string::npos;
  };
  const auto first = m->run({"push", "-vv", "demo/app:1", m->at("known/app:1")});
  REQUIRE_MESSAGE(first.status == 0, first.err);
  const auto again = m->run({"push", "-vv", "demo/app:1", m->at("known/app:1")});
  REQUIRE_MESSAGE(again.status == 0, again.err);
  CHECK(again.out == first.out);
  CHECK_FALSE(exports(again.err));
  const auto elsewhere = m->run({"push", "-vv", "demo/app:1", m->at("elsewhere/app:1")});
  REQUIRE_MESSAGE(elsewhere.status == 0, elsewhere.err);
  CHECK(digest_in(elsewhere.out) == digest_in(first.out));
  CHECK_FALSE(exports(elsewhere.err));  // its blobs are mounted from the repository above
  CHECK(m->registry.digest_seen_by_skopeo("elsewhere/app:1") == digest_in(first.out));
}

TEST_CASE("daemon: selects an image by tag, by repository, by ID and by ID prefix") {
  Machine* m = machine();
  if (m == nullptr) return skipped();
  const auto id = image_id(*m, "demo/app:1");
  const auto expected =
      digest_in(m->run({"push", "docker-daemon:demo/app:1", m->at("named/app:1")}).out);
  REQUIRE_FALSE(expected.empty());
  for (const auto& name :
       {std::string("demo/app"), std::string("docker.io/demo/app:1"), id, id.substr(7, 12)}) {
    CAPTURE(name);
    const auto pushed = m->run({"push", "docker-daemon:" + name, m->at("named/app:2")});
    CHECK_MESSAGE(pushed.status == 0, pushed.err);
    CHECK(digest_in(pushed.out) == expected);
  }
}

TEST_CASE(
    "daemon: push DESTINATION selects the image by its full name, then by the name as typed") {
  Machine* m = machine();
  if (m == nullptr) return skipped();
  m->berth.register_registry("prod", "default", m->at("team"));
  m->daemon.docker({"tag", "demo/other:1", "prod/app:1"});
  const auto typed = m->run({"push", "prod/app:1"});
  REQUIRE_MESSAGE(typed.status == 0, typed.err);
  CHECK(m->registry.digest_seen_by_skopeo("team/app:1") == digest_in(typed.out));

  m->daemon.docker({"tag", "demo/app:1", m->at("team/app:1")});
  const auto full = m->run({"push", "prod/app:1"});
  REQUIRE_MESSAGE(full.status == 0, full.err);
  CHECK(digest_in(full.out) != digest_in(typed.out));
  CHECK(m->run({"push", m->at("team/app:1")}).out == full.out);

  const auto missing = m->run({"push", "docker-daemon:demo/appp:1", m->at("a/b:1")});
  CHECK(missing.status == 6);
  CHECK(missing.err.find("did you mean demo/app:1?") != std::string::npos);
  CHECK(m->run({"push", "docker-daemon:Demo/App:1", m->at("a/b:1")}).status == 2);
}

TEST_CASE("daemon: pushes docker save archives of one and of two images, from a file and a pipe") {
  Machine* m = machine();
  if (m == nullptr) return skipped();
  const TempDir directory;
  const auto expected =
      digest_in(m->run({"push", "docker-daemon:demo/app:1", m->at("saved/app:0")}).out);
  REQUIRE_FALSE(expected.empty());
  const auto one = directory / "one.tar";
  const auto two = directory / "two.tar";
  m->daemon.docker({"save", "demo/app:1", "--output", one});
  m->daemon.docker({"save", "demo/app:1", "demo/other:1", "--output", two});

  CHECK(digest_in(m->run({"push", "docker-archive:" + one, m->at("saved/app:1")}).out) == expected);
  CHECK(
      digest_in(m->run({"push", "docker-archive:-", m->at("saved/app:2")}, test::slurp(one)).out) ==
      expected);
  CHECK(digest_in(
            m->run({"push", "docker-archive:" + two + ":demo/app:1", m->at("saved/app:3")}).out) ==
        expected);
  CHECK(digest_in(
            m->run({"push", "docker-archive:-:demo/app:1", m->at("saved/app:4")}, test::slurp(two))
                .out) == expected);
  const auto ambiguous = m->run({"push", "docker-archive:" + two, m->at("saved/app:5")});
  CHECK(ambiguous.status == 2);
  CHECK(ambiguous.err.find("demo/app:1") != std::string::npos);
  CHECK(ambiguous.err.find("demo/other:1") != std::string::npos);
  CHECK(m->registry.digest_seen_by_skopeo("saved/app:5").empty());
}

TEST_CASE("daemon: memory use does not grow with the image") {
  Machine* m = machine();
  if (m == nullptr) return skipped();
  const TempDir directory;
  const auto made = test::run_command(
      {"sh", "-c",
       "head -c 100000000 /dev/urandom > big && truncate -s 200000000 big && tar -c big | docker "
       "--host \"$1\" import - demo/big:1",
       "sh", m->daemon.host()},
      {{{"DOCKER_CONFIG", directory.path()}}, {}, directory.path(), std::chrono::seconds(60)});
  REQUIRE_MESSAGE(made.status == 0, made.err);
  const auto pushed = m->run({"push", "docker-daemon:demo/big:1", m->at("big/app:1")});
  REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(pushed.peak_kib <= test::kMaxMemory);
  CHECK(m->registry.digest_seen_by_skopeo("big/app:1") == digest_in(pushed.out));
}

TEST_CASE("daemon: reports a full disk and leaves no temporary file") {
  Machine* m = machine();
  if (m == nullptr) return skipped();
  const TempDir directory;
  const auto full = test::run_command(
      {"unshare", "--mount", "--propagation", "private", "sh", "-c",
       "mount -t tmpfs -o size=64k none . && TMPDIR=$PWD \"$@\"; status=$?; ls -A .; exit $status",
       "sh", test::berth_program(), "push", "--no-cache", "docker-daemon:demo/app:1",
       m->at("full/app:1")},
      {[&] {
         auto environment = m->berth.environment();
         environment.emplace_back("DOCKER_HOST", m->daemon.host());
         return environment;
       }(),
       {},
       directory.path(),
       std::chrono::seconds(60)});
  CHECK_MESSAGE(full.status == 11, full.err);
  CHECK(test::is_error_of_class(full, "disk"));
  CHECK(full.out.empty());
  CHECK(m->registry.digest_seen_by_skopeo("full/app:1").empty());
}

TEST_CASE("daemon: the daemon of a test is cleaned up, even if the test fails") {
  if (machine() == nullptr) return skipped();
  std::string directory;
  try {
    RealDaemon daemon;
    daemon.import_busybox("demo:1");
    daemon.docker({"run", "--rm", "--network=none", "demo:1"});
    directory = daemon.directory();
    throw std::runtime_error("a test fails");
  } catch (const std::runtime_error& error) {
    REQUIRE(std::string(error.what()) == "a test fails");
  }
  CHECK_FALSE(boost::filesystem::exists(directory));
  CHECK(test::slurp("/proc/self/mountinfo").find(directory) == std::string::npos);
  const auto processes =
      test::run_command({"sh", "-c", "cat /proc/[0-9]*/cmdline 2> /dev/null | tr '\\0' ' '"});
  CHECK(processes.out.find("dockerd") != std::string::npos);
  CHECK(processes.out.find(directory) == std::string::npos);
}
