// --dry-run against the push that follows it: the same blobs, actions, bytes and requests.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"

using namespace berth;
using test::Berth;
using test::RealRegistry;
using test::TempDir;
using Names = std::vector<std::string>;

namespace {

const std::string kOne = test::tar_of({{"one", test::noise(400'000, 1)}});
const std::string kTwo = test::tar_of({{"two", test::noise(1'300'000, 2)}});
const std::string kThree = test::tar_of({{"three", test::noise(300'000, 3)}});

base::Json plan_in(const test::CommandResult& result) {
  const auto document = base::parse_json(result.out, "out").value();
  return *document.find("plan");
}

struct PlanBench {
  TempDir directory;
  RealRegistry registry;
  Berth berth;

  test::CommandResult run(const std::string& source, const std::string& destination,
                          const Names& options) const {
    Names arguments{"push", "-o", "json", source, registry.host() + "/" + destination};
    arguments.insert(arguments.end(), options.begin(), options.end());
    auto result = berth.run(arguments);
    REQUIRE_MESSAGE(result.status == 0, result.err);
    return result;
  }
  base::Json plan(const std::string& source, const std::string& destination,
                  Names options = {}) const {
    options.push_back("--dry-run");
    const auto result = run(source, destination, options);
    return plan_in(result);
  }
};

std::uint64_t number(const base::Json& json, const std::string& name) {
  return json.find(name)->as_uint().value_or(999'999'999);
}

Names actions(const base::Json& json) {
  Names all;
  for (const auto& blob : *json.find("blobs")->as_array())
    all.push_back(blob.string_or("action", ""));
  return all;
}

// "upload" is planned, "uploaded" done.
Names past(Names planned) {
  for (auto& action : planned) action += action == "reuse" ? "d" : "ed";
  return planned;
}

std::uint64_t requests(const std::string& trace) {
  std::uint64_t count = 0;
  std::istringstream lines(trace);
  for (std::string line; std::getline(lines, line);) count += line.starts_with("http ") ? 1 : 0;
  return count;
}

// Plans, pushes, and compares.
void check_plan(const PlanBench& bench, const std::string& source, const std::string& destination,
                const Names& expected, const Names& options = {}) {
  CAPTURE(source);
  CAPTURE(destination);
  const auto plan = bench.plan(source, destination, options);
  CHECK(actions(plan) == expected);
  auto traced = options;
  traced.push_back("-vv");
  const auto pushed = bench.run(source, destination, traced);
  const auto result = base::parse_json(pushed.out, "out").value();
  CHECK(actions(result) == past(expected));
  CHECK(number(plan, "requests") == requests(pushed.err));
  const auto& planned = *plan.find("bytes");
  const auto& done = *result.find("bytes");
  CHECK(number(planned, "upload") == number(done, "uploaded"));
  CHECK(number(planned, "reuse") == number(done, "reused"));
  CHECK(number(planned, "mount") == number(done, "mounted"));
  CHECK(plan.string_or("digest", "") == result.string_or("digest", ""));
}

}  // namespace

TEST_CASE("dry run: of a layout, exactly what the push does") {
  const PlanBench bench;
  test::write_layout(bench.directory, "img", "1", {kOne, kTwo});
  test::write_layout(bench.directory, "other", "1", {kOne, kThree});
  const std::string image = "oci:" + (bench.directory / "img");
  check_plan(bench, image, "prod/app:1", {"upload", "upload", "upload"});
  check_plan(bench, image, "prod/app:1", {"reuse", "reuse", "reuse"});
  check_plan(bench, image, "prod/app:1", {"reuse", "reuse", "reuse"}, {"--no-cache"});
  check_plan(bench, image, "prod/app:2", {"reuse", "reuse", "reuse"}, {"--tag", "3"});
  check_plan(bench, image, "staging/app:1", {"mount", "mount", "mount"});
  check_plan(bench, "oci:" + (bench.directory / "other"), "prod/app:4",
             {"upload", "reuse", "upload"});
}

TEST_CASE("dry run: of an archive, layers that the cache knows, without compressing the others") {
  const PlanBench bench;
  bench.directory.write("one.tar", test::docker_archive({kOne, kTwo}).tar());
  bench.directory.write("two.tar", test::docker_archive({kOne, kThree}).tar());
  const std::string one = "docker-archive:" + (bench.directory / "one.tar");
  const std::string two = "docker-archive:" + (bench.directory / "two.tar");
  const auto first = bench.plan(one, "prod/app:1");
  CHECK(actions(first) == Names{"upload", "unknown", "unknown"});
  CHECK(first.find("digest")->is_null());
  const auto& layer = (*first.find("blobs")->as_array())[1];
  CHECK(layer.find("digest")->is_null());
  CHECK(layer.find("estimated")->as_bool().value_or(false));
  const auto pushed = bench.run(one, "prod/app:1", {"-vv"});
  CHECK(number(first, "requests") == requests(pushed.err));
  check_plan(bench, one, "prod/app:1", {"reuse", "reuse", "reuse"});
  check_plan(bench, one, "staging/app:1", {"mount", "mount", "mount"});
  CHECK(actions(bench.plan(two, "prod/app:2")) == Names{"upload", "reuse", "unknown"});
}

TEST_CASE("dry run: sends only requests that read, and stores nothing") {
  const PlanBench bench;
  test::write_layout(bench.directory, "img", "1", {kOne});
  bench.run("oci:" + (bench.directory / "img"), "prod/app:1", {});
  const auto planned =
      bench.run("oci:" + (bench.directory / "img"), "staging/app:1", {"--dry-run", "-vv"});
  CHECK(planned.err.find("POST") == std::string::npos);
  CHECK(planned.err.find("PUT") == std::string::npos);
  CHECK(planned.err.find("GET") == std::string::npos);
  CHECK(bench.registry.digest_seen_by_skopeo("staging/app:1").empty());
  CHECK(bench.registry.open_uploads() == 0);
}

TEST_CASE("dry run: a registry that cannot be reached is a warning, and the actions are unknown") {
  const PlanBench bench;
  test::write_layout(bench.directory, "img", "1", {kOne});
  const auto planned = bench.berth.run(
      {"push", "--dry-run", "-o", "json", "oci:" + (bench.directory / "img"), "localhost:1/app:1"});
  CHECK(planned.status == 0);
  CHECK(planned.err.find("cannot look up what localhost:1/app has") != std::string::npos);
  const auto plan = plan_in(planned);
  CHECK(actions(plan) == Names{"unknown", "unknown"});
}

TEST_CASE("dry run: to a layout, without requests") {
  const PlanBench bench;
  test::write_layout(bench.directory, "img", "1", {kOne});
  const std::string source = "oci:" + (bench.directory / "img");
  bench.berth.register_registry("disk", "layout", "oci:" + (bench.directory / "out"));
  const auto plan = [&] {
    const auto planned = bench.berth.run({"push", "--dry-run", "-o", "json", source, "disk/app:1"});
    REQUIRE_MESSAGE(planned.status == 0, planned.err);
    return plan_in(planned);
  };
  CHECK(actions(plan()) == Names{"upload", "upload"});
  CHECK(number(plan(), "requests") == 0);
  REQUIRE(bench.berth.run({"push", source, "disk/app:1"}).status == 0);
  CHECK(actions(plan()) == Names{"reuse", "reuse"});
}
