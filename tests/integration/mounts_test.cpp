// Blobs that another repository of the same registry has: what is mounted, and what is not sent.
#include <doctest/doctest.h>

#include <algorithm>

#include <boost/filesystem.hpp>

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
const std::string kTwo = test::tar_of({{"two", test::noise(300'000, 2)}});
const std::string kThree = test::tar_of({{"three", test::noise(300'000, 3)}});

struct Pushed {
  base::Json document;
  std::string err;
  [[nodiscard]] Names actions() const {
    Names all;
    for (const auto& blob : *document.find("blobs")->as_array())
      all.push_back(blob.string_or("action", ""));
    return all;
  }
  [[nodiscard]] std::uint64_t bytes(const std::string& of) const {
    return document.find("bytes")->find(of)->as_uint().value_or(99);
  }
};

struct MountBench {
  TempDir directory;
  RealRegistry registry;
  Berth berth;

  Pushed push(const std::string& source, const std::string& repository,
              const Names& options = {}) const {
    Names arguments{"push", "-o", "json", source, registry.host() + "/" + repository};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const auto result = berth.run(arguments);
    REQUIRE_MESSAGE(result.status == 0, result.err);
    return {base::parse_json(result.out, "out").value(), result.err};
  }
};

}  // namespace

TEST_CASE("mounts: a layout that another repository has is mounted, and named in the summary") {
  const MountBench bench;
  test::write_layout(bench.directory, "img", "1", {kOne, kTwo});
  const std::string source = "oci:" + (bench.directory / "img");
  const auto first = bench.push(source, "prod/app:1");
  CHECK(first.actions() == Names{"uploaded", "uploaded", "uploaded"});
  CHECK(first.bytes("mounted") == 0);
  const auto second = bench.push(source, "staging/app:1");
  CHECK(second.actions() == Names{"mounted", "mounted", "mounted"});
  CHECK(second.bytes("mounted") == first.bytes("uploaded"));
  CHECK(second.bytes("uploaded") == 0);
  CHECK(second.bytes("reused") == 0);
  CHECK(second.err.find("mounted 3 (") != std::string::npos);
  const auto again = bench.push(source, "staging/app:2");
  CHECK(again.actions() == Names{"reused", "reused", "reused"});
  CHECK(bench.registry.digest_seen_by_skopeo("staging/app:1") ==
        first.document.string_or("digest", ""));
}

TEST_CASE("mounts: of an archive, layers that are mounted are not compressed") {
  const MountBench bench;
  bench.directory.write("one.tar", test::docker_archive({kOne, kTwo}).tar());
  bench.directory.write("two.tar", test::docker_archive({kOne, kThree}).tar());
  CHECK(bench.push("docker-archive:" + (bench.directory / "one.tar"), "prod/app:1").actions() ==
        Names{"uploaded", "uploaded", "uploaded"});
  CHECK(bench.push("docker-archive:" + (bench.directory / "two.tar"), "staging/app:1").actions() ==
        Names{"uploaded", "mounted", "uploaded"});
}

TEST_CASE("mounts: a damaged layer is found although its blob is mounted") {
  const MountBench bench;
  const auto good = test::docker_archive({kOne, kTwo}).tar();
  bench.directory.write("good.tar", good);
  bench.push("docker-archive:" + (bench.directory / "good.tar"), "prod/app:1");
  auto bad = good;
  bad[bad.find(kTwo.substr(1024, 64)) + 10] ^= 1;
  bench.directory.write("bad.tar", bad);
  const auto pushed = bench.berth.run({"push", "docker-archive:" + (bench.directory / "bad.tar"),
                                       bench.registry.host() + "/staging/app:1"});
  CHECK(pushed.status == 10);
  CHECK(bench.registry.digest_seen_by_skopeo("staging/app:1").empty());
}

TEST_CASE("mounts: an image of the same registry is mounted, without a cache and without reading") {
  const MountBench bench;
  test::write_layout(bench.directory, "img", "1", {kOne, kTwo});
  bench.push("oci:" + (bench.directory / "img"), "prod/app:1", {"--no-cache"});
  const auto copied = bench.push("docker://" + bench.registry.host() + "/prod/app:1", "other/app:1",
                                 {"--no-cache", "-vv"});
  CHECK(copied.actions() == Names{"mounted", "mounted", "mounted"});
  const auto lines = std::ranges::count(copied.err, '\n');
  CHECK(lines > 0);
  CHECK(copied.err.find("PATCH") == std::string::npos);
}

TEST_CASE(
    "mounts: a repository that lost its blobs costs one request more, and they are uploaded") {
  const MountBench bench;
  test::write_layout(bench.directory, "img", "1", {kOne, kTwo});
  const std::string source = "oci:" + (bench.directory / "img");
  bench.push(source, "prod/app:1");
  boost::filesystem::remove_all(bench.registry.storage() +
                                "/docker/registry/v2/repositories/prod/app");
  CHECK(bench.push(source, "staging/app:1").actions() == Names{"uploaded", "uploaded", "uploaded"});
  CHECK(bench.registry.open_uploads() == 0);
}

TEST_CASE("mounts: destinations on one registry mount from each other") {
  const MountBench bench;
  bench.directory.write("one.tar", test::docker_archive({kOne, kTwo}).tar());
  const auto pushed = bench.berth.run(
      {"push", "-o", "json", "--no-cache", "docker-archive:" + (bench.directory / "one.tar"),
       bench.registry.host() + "/a/one:1", bench.registry.host() + "/a/two:1"});
  REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
  const auto document = base::parse_json(pushed.out, "out").value();
  const auto& second = (*document.find("destinations")->as_array())[1];
  CHECK(second.find("blobs")->as_array()->front().string_or("action", "") == "mounted");
}
