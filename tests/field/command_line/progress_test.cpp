// What users see of a push while it runs and at its end, on a terminal and in a pipe.
#include <doctest/doctest.h>

#include <regex>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/fault_proxy.hpp"
#include "support/images.hpp"
#include "support/pseudo_terminal.hpp"
#include "support/real_registry.hpp"

using namespace berth;
using test::Berth;
using test::Fault;
using test::FaultProxy;
using test::Streams;

namespace {

// A layer that a connection held after kHeldAfter bytes has not sent completely.
constexpr std::size_t kLayer = std::size_t{3} << 20U;
constexpr std::size_t kHeldAfter = std::size_t{1} << 20U;

// An image, a registry, and a network between them that fails.
struct Field {
  explicit Field(Fault fault) : proxy(registry.port(), fault) {
    digest = test::write_layout(directory, "img", "1", {test::noise(kLayer, 1)});
  }
  [[nodiscard]] std::string source() const { return "oci:" + (directory / "img") + ":1"; }
  [[nodiscard]] std::string result() const { return proxy.host() + "/big@" + digest; }

  test::TempDir directory;
  std::string digest;
  test::RealRegistry registry;
  FaultProxy proxy;
  Berth berth;
};

bool matches(const std::string& line, const std::string& pattern) {
  return std::regex_match(line, std::regex(pattern));
}

const std::string kEnd = R"(uploaded 2 blobs \(3\.0 MiB\), reused 0 \(0 B\) in \d+\.\d s)";

}  // namespace

// zarf-dev/zarf#1734, PrefectHQ/prefect#701
TEST_CASE(
    "field: the progress line is cleared before anything else is printed, whichever streams are a "
    "terminal") {
  for (const auto streams : {Streams::both, Streams::only_err}) {
    CAPTURE(static_cast<int>(streams));
    Field field({Fault::Kind::hold, kHeldAfter});
    test::TerminalCommand push(
        {test::berth_program(), "push", field.source(), field.proxy.host() + "/big:1"}, streams,
        field.directory / "other", field.berth.environment());
    CHECK(push.wait_for(" of 3.0 MiB"));
    field.proxy.release();
    CHECK(push.finish() == 0);
    const auto lines = push.screen();
    REQUIRE(lines.size() == (streams == Streams::both ? 4 : 3));
    CHECK(lines[0] == "pushing to " + field.proxy.host() + "/big:1");
    CHECK_MESSAGE(matches(lines[1], kEnd), lines[1]);
    CHECK(lines.back().empty());
    CHECK((streams == Streams::both ? lines[2] + "\n" : test::slurp(field.directory / "other")) ==
          field.result() + "\n");
  }
}

// containerd/nerdctl#3772: control characters in a log.
TEST_CASE(
    "field: standard error that is a file gets lines, although standard output is a terminal") {
  Field field({Fault::Kind::hold, 0, 0});
  test::TerminalCommand push(
      {test::berth_program(), "push", field.source(), field.proxy.host() + "/big:1"},
      Streams::only_out, field.directory / "log", field.berth.environment());
  CHECK(push.finish() == 0);
  CHECK(push.screen() == std::vector<std::string>{field.result(), ""});
  const auto log = test::slurp(field.directory / "log");
  CHECK(log.find_first_of("\r\x1b") == std::string::npos);
  CHECK(log.find("\nuploaded layer sha256:") != std::string::npos);
}

// podman-container-tools/skopeo#2623: progress within the output of a pipe.
TEST_CASE("field: standard output holds the result only, also of --progress json") {
  Field field({Fault::Kind::hold, 0, 0});
  const auto pushed = field.berth.run(
      {"push", "--progress", "json", field.source(), field.proxy.host() + "/big:1"});
  CHECK(pushed.status == 0);
  CHECK(pushed.out == field.result() + "\n");
  std::istringstream lines(pushed.err);
  std::vector<std::string> blobs;
  for (std::string line; std::getline(lines, line);) {
    const auto event = base::parse_json(line, "event");
    REQUIRE_MESSAGE(event.has_value(), line);
    if (event->string_or("event", "") == "blob") blobs.push_back(event->string_or("blob", ""));
  }
  CHECK(blobs.size() == 2);
  for (const auto& blob : blobs) CHECK(blob.size() == std::string("sha256:").size() + 64);
}

// docker/cli#3396: "Retrying in 9 seconds", and no reason.
TEST_CASE("field: a retry is reported with its reason, on a terminal and in a pipe") {
  const std::string retry = R"(retrying \(2 of \d\): .*localhost:\d+.*)";
  {
    Field field({Fault::Kind::cut, kHeldAfter});
    const auto pushed = field.berth.run({"push", field.source(), field.proxy.host() + "/big:1"});
    CHECK(pushed.status == 0);
    CHECK_MESSAGE(std::regex_search(pushed.err, std::regex("\n" + retry + "\n")), pushed.err);
  }
  Field field({Fault::Kind::cut, kHeldAfter});
  test::TerminalCommand push(
      {test::berth_program(), "push", field.source(), field.proxy.host() + "/big:1"}, Streams::both,
      field.directory / "other", field.berth.environment());
  CHECK(push.finish() == 0);
  CHECK_MESSAGE(std::regex_search(push.written(), std::regex("of 3\\.0 MiB, retrying \\(2 of")),
                push.written());
  CHECK(push.screen().size() == 4);
}

TEST_CASE(
    "field: the first line names the destination, -v flavor and reason, and a failure clears the "
    "line, too") {
  Field field({Fault::Kind::hold, kHeldAfter});
  test::TerminalCommand push({test::berth_program(), "push", "-v", "--timeout", "3s",
                              field.source(), field.proxy.host() + "/big:1"},
                             Streams::both, field.directory / "other", field.berth.environment());
  CHECK(push.finish() == 8);
  const auto lines = push.screen();
  REQUIRE(lines.size() > 3);
  CHECK(lines[0] == "pushing to " + field.proxy.host() + "/big:1");
  CHECK(lines[1].rfind("destination reference=" + field.proxy.host() +
                           "/big:1 registry=not registered flavor=default reason=",
                       0) == 0);
  for (const auto& line : lines) CHECK(line.find("blobs") == std::string::npos);
}
