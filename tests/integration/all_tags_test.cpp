// push --all-tags: every image of an archive or a layout under its own tag.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

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

const std::string kShared = test::tar_of({{"shared", test::noise(400'000, 1)}});
const std::string kOne = test::tar_of({{"one", test::noise(100'000, 2)}});
const std::string kTwo = test::tar_of({{"two", test::noise(100'000, 3)}});

// An archive as "docker save app:1 app:2" writes it: layers that images share are stored once.
std::string archive_of(const std::vector<std::pair<std::string, Names>>& images) {
  test::Files files;
  std::string manifest;
  for (const auto& [name, contents] : images) {
    const auto image = test::docker_archive(contents);
    std::string layers;
    for (const auto& layer : image.layers) {
      const std::string path = test::sha256(layer).substr(7) + ".tar";
      const auto same = [&](const auto& file) { return file.first == path; };
      if (std::ranges::none_of(files, same)) files.emplace_back(path, layer);
      layers += (layers.empty() ? "\"" : ",\"") + path + "\"";
    }
    const std::string config = test::sha256(image.config).substr(7) + ".json";
    files.emplace_back(config, image.config);
    manifest +=
        (manifest.empty() ? "" : ",") +
        fmt::format(R"({{"Config":"{}","RepoTags":["{}"],"Layers":[{}]}})", config, name, layers);
  }
  files.emplace_back("manifest.json", "[" + manifest + "]");
  return test::tar_of(files);
}

struct TagBench {
  TempDir directory;
  RealRegistry registry;
  Berth berth;

  test::CommandResult push(const std::string& source, const Names& rest) const {
    Names arguments{"push", "--all-tags", "-o", "json", source};
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    return berth.run(arguments);
  }
  [[nodiscard]] std::string at(const std::string& name) const {
    return registry.host() + "/" + name;
  }
};

std::string code_of(const test::CommandResult& result) {
  const auto document = base::parse_json(result.out, "out").value();
  const auto* results = document.find("destinations");
  const auto* error =
      results != nullptr ? results->as_array()->front().find("error") : document.find("error");
  return error != nullptr ? error->string_or("code", "") : "";
}

// "REFERENCE: ACTION…" of each result, without the host.
Names results(const test::CommandResult& result, const std::string& host) {
  const auto document = base::parse_json(result.out, "out").value();
  Names all;
  for (const auto& one : *document.find("destinations")->as_array()) {
    std::string text = one.string_or("reference", "").substr(host.size() + 1) + ":";
    const auto* plan = one.find("plan");
    const auto* blobs = plan != nullptr ? plan->find("blobs") : one.find("blobs");
    for (const auto& blob : *blobs->as_array()) text += " " + blob.string_or("action", "");
    all.push_back(std::move(text));
  }
  return all;
}

}  // namespace

TEST_CASE("all tags: the images of a docker archive, whose common layers are uploaded once") {
  for (const Names& options : {Names{}, Names{"--no-cache"}}) {
    const TagBench bench;
    bench.directory.write("app.tar",
                          archive_of({{"app:1", {kShared, kOne}}, {"app:2", {kShared, kTwo}}}));
    Names rest{bench.at("team/app")};
    rest.insert(rest.end(), options.begin(), options.end());
    const auto pushed = bench.push("docker-archive:" + (bench.directory / "app.tar"), rest);
    REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
    CHECK(results(pushed, bench.registry.host()) ==
          Names{"team/app:1: uploaded uploaded uploaded", "team/app:2: uploaded reused uploaded"});
    CHECK_FALSE(bench.registry.digest_seen_by_skopeo("team/app:1").empty());
    CHECK(bench.registry.digest_seen_by_skopeo("team/app:1") !=
          bench.registry.digest_seen_by_skopeo("team/app:2"));
    CHECK(bench.registry.digest_seen_by_skopeo("team/app:latest").empty());
  }
}

TEST_CASE("all tags: the images of a layout, to two destinations; a dry run plans them") {
  const TagBench bench;
  test::write_layout(bench.directory, "img", "1", {kOne});
  const std::string source = "oci:" + (bench.directory / "img");
  const auto planned = bench.push(source, {bench.at("a/app"), "--dry-run"});
  REQUIRE_MESSAGE(planned.status == 0, planned.err);
  CHECK(results(planned, bench.registry.host()) == Names{"a/app:1: upload upload"});
  const auto pushed = bench.push(source, {bench.at("a/app"), bench.at("b/app")});
  REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(results(pushed, bench.registry.host()).size() == 2);
  CHECK(bench.registry.digest_seen_by_skopeo("b/app:1") ==
        bench.registry.digest_seen_by_skopeo("a/app:1"));
}

TEST_CASE("all tags: a tag in the destination, a selected image and other sources are refused") {
  const TagBench bench;
  bench.directory.write("app.tar", test::docker_archive({kOne}).tar());
  const std::string source = "docker-archive:" + (bench.directory / "app.tar");
  const auto refused = [&](const std::string& from, const Names& rest) {
    const auto pushed = bench.push(from, rest);
    CHECK(pushed.status == 2);
    return code_of(pushed);
  };
  CHECK(refused(source, {bench.at("a/app:1")}) == "usage.all-tags");
  CHECK(refused(source, {bench.at("a/app@sha256:" + std::string(64, '0'))}) == "usage.all-tags");
  CHECK(refused(source + ":demo/app:1", {bench.at("a/app")}) == "usage.all-tags");
  CHECK(refused("docker://" + bench.at("a/app:1"), {bench.at("b/app")}) == "usage.all-tags");
  CHECK(refused("docker-daemon:app:1", {bench.at("b/app")}) == "usage.all-tags");
  CHECK(bench.berth.run({"push", "--all-tags", bench.at("a/app")}).status == 2);
  CHECK(bench.push(source, {bench.at("a/app"), "--tag", "2"}).status == 2);
  CHECK(
      bench.push("docker-archive:" + (bench.directory / "none.tar"), {bench.at("a/app")}).status ==
      6);
}

TEST_CASE("all tags: an image that cannot be pushed does not stop the others") {
  const TagBench bench;
  auto archive = archive_of({{"app:1", {kOne}}, {"app:2", {kTwo}}});
  archive[archive.find(kOne.substr(1024, 64)) + 10] ^= 1;
  bench.directory.write("app.tar", archive);
  const auto pushed =
      bench.push("docker-archive:" + (bench.directory / "app.tar"), {bench.at("team/app")});
  CHECK(pushed.status == 10);
  const auto document = base::parse_json(pushed.out, "out").value();
  CHECK_FALSE(document.is_true("ok"));
  CHECK(document.find("destinations")->as_array()->size() == 2);
  CHECK(bench.registry.digest_seen_by_skopeo("team/app:1").empty());
  CHECK_FALSE(bench.registry.digest_seen_by_skopeo("team/app:2").empty());
}
