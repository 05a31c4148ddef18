// One push to several registries: what each of them gets, and which result each has.
#include <doctest/doctest.h>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using test::Berth;
using test::RealRegistry;
using test::TempDir;
using Names = std::vector<std::string>;

namespace {

const std::string kLarge = test::tar_of({{"large", test::noise(20'000'000, 1)}});
const std::string kSmall = test::tar_of({{"small", test::noise(300'000, 2)}});

struct Result {
  int status = 0;
  std::vector<base::Json> destinations;
  std::string err;
};

struct FanOutBench {
  FanOutBench() {
    directory.write("app.tar", test::docker_archive({kLarge, kSmall, kSmall + kSmall}).tar());
  }

  [[nodiscard]] Result push(const Names& destinations, const Names& options = {}) const {
    Names arguments{"push", "-o", "json", "docker-archive:" + (directory / "app.tar")};
    arguments.insert(arguments.end(), destinations.begin(), destinations.end());
    arguments.insert(arguments.end(), options.begin(), options.end());
    const auto run = berth.run(arguments);
    const auto document = base::parse_json(run.out, "out");
    REQUIRE_MESSAGE(document.has_value(), run.out << run.err);
    REQUIRE_MESSAGE(document->find("destinations") != nullptr, run.out << run.err);
    Result result{run.status, {}, run.err};
    for (const auto& one : *document->find("destinations")->as_array())
      result.destinations.push_back(one);
    return result;
  }

  TempDir directory;
  Berth berth;
};

Names actions_of(const base::Json& document) {
  Names all;
  for (const auto& blob : *document.find("blobs")->as_array())
    all.push_back(blob.string_or("action", ""));
  return all;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// A registry that rejects the body of every upload.
test::Scripted reject_bodies(const test::Received& request) {
  if (request.target == "/v2/") return {test::http_answer(200)};
  if (request.method == "POST")
    return {test::http_answer(202, "", "Location: /v2/app/blobs/uploads/1\r\n")};
  if (request.method == "PATCH" || request.method == "PUT")
    return {test::http_answer(403, R"({"errors":[{"code":"DENIED","message":"read-only"}]})")};
  return {test::http_answer(request.method == "DELETE" ? 204 : 404)};
}

}  // namespace

TEST_CASE("fan-out: three registries get the same image, each with its own result") {
  const FanOutBench bench;
  const RealRegistry registries[3];
  const auto result = bench.push({registries[0].host() + "/app:1", registries[1].host() + "/app:1",
                                  registries[2].host() + "/other/app:2"});
  REQUIRE_MESSAGE(result.status == 0, result.err);
  REQUIRE(result.destinations.size() == 3);
  const auto digest = result.destinations[0].string_or("digest", "");
  CHECK(digest.starts_with("sha256:"));
  for (const auto& one : result.destinations) {
    CHECK(one.string_or("digest", "") == digest);
    CHECK(actions_of(one) == Names(4, "uploaded"));
  }
  CHECK(registries[0].digest_seen_by_skopeo("app:1") == digest);
  CHECK(registries[1].digest_seen_by_skopeo("app:1") == digest);
  CHECK(registries[2].digest_seen_by_skopeo("other/app:2") == digest);
  for (const auto& registry : registries) CHECK(registry.open_uploads() == 0);
  CHECK(count(result.err, "pushed to ") == 3);
}

TEST_CASE("fan-out: zstd, an unchanged image, and a layout in addition") {
  const FanOutBench bench;
  const RealRegistry registries[2];
  const Names destinations{registries[0].host() + "/app:1", registries[1].host() + "/app:1",
                           "shelf/app:1"};
  const auto registered = bench.berth.run({"registry", "register", "shelf", "--flavor", "layout",
                                           "--uri", "oci:" + (bench.directory / "shelf")});
  REQUIRE_MESSAGE(registered.status == 0, registered.err);
  const auto first = bench.push(destinations, {"--compression", "zstd"});
  REQUIRE_MESSAGE(first.status == 0, first.err);
  const auto digest = first.destinations[0].string_or("digest", "");
  for (const auto& one : first.destinations) CHECK(one.string_or("digest", "") == digest);
  CHECK(registries[1].digest_seen_by_skopeo("app:1") == digest);
  const auto again = bench.push(destinations, {"--compression", "zstd"});
  REQUIRE_MESSAGE(again.status == 0, again.err);
  for (const auto& one : again.destinations) {
    CHECK(one.string_or("digest", "") == digest);
    CHECK(one.find("bytes")->find("uploaded")->as_uint() == 0U);
  }
}

TEST_CASE("fan-out: a registry that rejects the uploads does not stop the others") {
  const FanOutBench bench;
  const RealRegistry registries[2];
  test::ScriptedServer rejecting(reject_bodies);
  const auto result = bench.push({registries[0].host() + "/app:1", rejecting.host() + "/app:1",
                                  registries[1].host() + "/app:1"});
  CHECK(result.status == 4);
  REQUIRE(result.destinations.size() == 3);
  CHECK(result.destinations[1].find("error")->string_or("class", "") == "auth");
  const auto digest = result.destinations[0].string_or("digest", "");
  CHECK(registries[0].digest_seen_by_skopeo("app:1") == digest);
  CHECK(registries[1].digest_seen_by_skopeo("app:1") == digest);
  CHECK(count(result.err, "cannot push " + rejecting.host() + "/app:1") == 1);
}

TEST_CASE(
    "fan-out: destinations on one registry mount the blobs of the first, also without a cache") {
  for (const Names& options : {Names{}, Names{"--no-cache"}}) {
    const FanOutBench bench;
    const RealRegistry one;
    const RealRegistry two;
    const auto result =
        bench.push({one.host() + "/a:1", two.host() + "/app:1", one.host() + "/b:1"}, options);
    REQUIRE_MESSAGE(result.status == 0, result.err);
    CHECK(actions_of(result.destinations[0]) == Names(4, "uploaded"));
    CHECK(actions_of(result.destinations[2]) == Names(4, "mounted"));
    const auto digest = result.destinations[0].string_or("digest", "");
    CHECK(one.digest_seen_by_skopeo("b:1") == digest);
    CHECK(two.digest_seen_by_skopeo("app:1") == digest);
  }
}

TEST_CASE("fan-out: progress names the destination of each blob") {
  const FanOutBench bench;
  const RealRegistry registries[2];
  const auto run = bench.berth.run(
      {"push", "--progress", "json", "docker-archive:" + (bench.directory / "app.tar"),
       registries[0].host() + "/app:1", registries[1].host() + "/app:1"});
  REQUIRE_MESSAGE(run.status == 0, run.err);
  for (const auto& registry : registries)
    CHECK(count(run.err, "\"reference\":\"" + registry.host() + "/app:1\"") == 4);
  CHECK(count(run.err, R"("event":"end")") == 2);
}
