// Pushes to a real docker-registry, read back by skopeo.
#include <doctest/doctest.h>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"

using namespace berth;
using test::Berth;
using test::CommandOptions;
using test::RealRegistry;
using test::TempDir;

namespace {

std::string digest_of_line(const std::string& out) { return out.substr(out.find('@') + 1, 71); }

}  // namespace

TEST_CASE("push: uploads an OCI layout under its own digest; a second push uploads nothing") {
  const TempDir directory;
  const RealRegistry registry;
  const Berth berth;
  const auto digest =
      test::write_layout(directory, "img", "1", {"one", test::noise(3 << 20, 1), "three"});
  const auto pushed =
      berth.run({"push", "oci:" + (directory / "img") + ":1", registry.host() + "/a/b:1"});
  CHECK_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(pushed.out == registry.host() + "/a/b@" + digest + "\n");
  CHECK(registry.digest_seen_by_skopeo("a/b:1") == digest);

  const auto again =
      berth.run({"push", "-o", "json", "oci:" + (directory / "img"), registry.host() + "/a/b:1"});
  const auto document = base::parse_json(again.out, "out").value();
  CHECK(document.find("bytes")->find("uploaded")->as_uint() == 0U);
  CHECK(document.find("ok")->as_bool() == true);
  CHECK(document.string_or("digest", "") == digest);
  CHECK(document.find("blobs")->as_array()->size() == 4);
  CHECK(registry.open_uploads() == 0);
}

TEST_CASE("push: a second tag in the same repository reuses its blobs") {
  const TempDir directory;
  const RealRegistry registry;
  const Berth berth;
  test::write_layout(directory, "img", "1", {"one", "two"});
  REQUIRE(berth.run({"push", "oci:" + (directory / "img"), registry.host() + "/a/b:1"}).status ==
          0);
  const auto second = berth.run({"push", "-o", "json", "oci:" + (directory / "img"),
                                 registry.host() + "/a/b:2", "--tag", "3"});
  const auto document = base::parse_json(second.out, "out").value();
  CHECK(document.find("bytes")->find("uploaded")->as_uint() == 0U);
  CHECK(registry.digest_seen_by_skopeo("a/b:2") == registry.digest_seen_by_skopeo("a/b:1"));
  CHECK(registry.digest_seen_by_skopeo("a/b:3") == registry.digest_seen_by_skopeo("a/b:1"));
  CHECK(registry.open_uploads() == 0);
}

TEST_CASE(
    "push: compresses a docker archive with gzip, reproducibly, from a file, a gzipped file and "
    "stdin") {
  const TempDir directory;
  const RealRegistry registry;
  const Berth berth;
  const auto archive =
      test::docker_archive({"small", test::noise(5'000'000, 2), std::string(3'000'000, 'x')});
  const auto file = directory.write("a.tar", archive.tar());
  const auto zipped = directory.write("a.tar.gz", test::gzip(archive.tar()));

  const auto pushed =
      berth.run({"push", "-o", "json", "docker-archive:" + file, registry.host() + "/a/b:1"});
  REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
  const auto document = base::parse_json(pushed.out, "out").value();
  const auto digest = document.string_or("digest", "");
  CHECK(registry.digest_seen_by_skopeo("a/b:1") == digest);
  const auto& blobs = *document.find("blobs")->as_array();
  REQUIRE(blobs.size() == 4);
  CHECK(blobs[0].string_or("digest", "") == test::sha256(archive.config));
  for (std::size_t i = 0; i < 3; ++i) {
    directory.write("layer.gz", registry.fetch_blob("a/b", blobs[i + 1].string_or("digest", "")));
    CHECK(test::run_command({"gzip", "--decompress", "--stdout", directory / "layer.gz"}).out ==
          archive.layers[i]);
  }

  CHECK(digest_of_line(
            berth.run({"push", "docker-archive:" + zipped, registry.host() + "/a/b:2"}).out) ==
        digest);
  CommandOptions piped;
  piped.input = archive.tar();
  CHECK(
      digest_of_line(
          berth.run({"push", "--jobs", "1", "docker-archive:-", registry.host() + "/a/b:3"}, piped)
              .out) == digest);
  CHECK(registry.open_uploads() == 0);
}

TEST_CASE("push: uploads docker-archive and oci-archive files from podman save") {
  const TempDir directory;
  const RealRegistry registry;
  const Berth berth;
  const auto digest = test::write_layout(directory, "img", "1", {"one", "two"});
  REQUIRE(test::run_command({"skopeo", "copy", "-q", "oci:" + (directory / "img") + ":1",
                             "docker-archive:" + (directory / "d.tar") + ":demo/app:1"})
              .status == 0);
  REQUIRE(test::run_command({"skopeo", "copy", "-q", "oci:" + (directory / "img") + ":1",
                             "oci-archive:" + (directory / "o.tar") + ":1"})
              .status == 0);
  const auto archived =
      berth.run({"push", "docker-archive:" + (directory / "d.tar"), registry.host() + "/a/d:1"});
  CHECK_MESSAGE(archived.status == 0, archived.err);
  CHECK(registry.digest_seen_by_skopeo("a/d:1") == digest_of_line(archived.out));
  const auto layout =
      berth.run({"push", "oci-archive:" + (directory / "o.tar"), registry.host() + "/a/o:1"});
  CHECK_MESSAGE(layout.status == 0, layout.err);
  CHECK(registry.digest_seen_by_skopeo("a/o:1") == digest);
}

TEST_CASE("push: uploads the compressed OCI image of an archive with manifest.json byte for byte") {
  const TempDir directory;
  const RealRegistry registry;
  const Berth berth;
  const auto digest = test::write_layout(directory, "img", "demo/app:1", {"one", "two"});
  const auto manifest =
      base::parse_json(test::slurp(directory / ("img/blobs/sha256/" + digest.substr(7))),
                       "manifest")
          .value();
  const auto path = [](const base::Json& descriptor) {
    return "blobs/sha256/" + descriptor.string_or("digest", "").substr(7);
  };
  base::Json layers = base::Json::array();
  for (const auto& layer : *manifest.find("layers")->as_array()) layers.push_back(path(layer));
  const auto list =
      base::Json::array({base::Json::object({{"Config", path(*manifest.find("config"))},
                                             {"RepoTags", base::Json::array({"demo/app:1"})},
                                             {"Layers", layers}})});
  directory.write("img/manifest.json", list.dump());
  REQUIRE(test::run_command({"tar", "--create", "--file", directory / "c.tar", "--directory",
                             directory / "img", "."})
              .status == 0);
  const auto pushed = berth.run({"push", "docker-archive:" + (directory / "c.tar") + ":demo/app:1",
                                 registry.host() + "/a/b:1"});
  CHECK_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(registry.digest_seen_by_skopeo("a/b:1") == digest);
}

TEST_CASE("push: uses Basic credentials from docker's config.json; errors name the file") {
  const TempDir directory;
  const RealRegistry registry({"alice", "open sesame"});
  const Berth berth;
  test::write_layout(directory, "img", "1", {"one"});
  const std::vector<std::string> push{"push", "oci:" + (directory / "img"),
                                      registry.host() + "/a/b:1"};

  const auto anonymous = berth.run(push);
  CHECK(anonymous.status == 4);
  CHECK(anonymous.err.find("requires authentication") != std::string::npos);
  CHECK(anonymous.err.find("docker/config.json") != std::string::npos);

  const auto entry = [&](const std::string& password) {
    const auto encoded = test::run_command({"base64", "--wrap=0"},
                                           {{}, "alice:" + password, {}, std::chrono::seconds(10)})
                             .out;
    berth.home().write("docker/config.json",
                       R"({"auths":{")" + registry.host() + R"(":{"auth":")" + encoded + R"("}}})");
  };
  entry("wrong");
  const auto refused = berth.run(push);
  CHECK(refused.status == 4);
  CHECK(refused.err.find("rejected the credentials of user alice") != std::string::npos);
  CHECK(refused.err.find("wrong") == std::string::npos);

  entry("open sesame");
  const auto pushed = berth.run(push);
  CHECK_MESSAGE(pushed.status == 0, pushed.err);

  berth.home().write("docker/config.json", "{}");
  auto typed = push;
  typed.insert(typed.end(), {"--username", "alice", "--password-stdin"});
  CommandOptions input;
  input.input = "open sesame\n";
  CHECK(berth.run(typed, input).status == 0);
}

TEST_CASE("push: to several destinations in parallel, one of which fails") {
  const TempDir directory;
  const RealRegistry registry;
  const Berth berth;
  const auto digest = test::write_layout(directory, "img", "1", {"one"});
  const auto pushed = berth.run({"push", "-o", "json", "oci:" + (directory / "img"),
                                 "localhost:1/a/b:1", registry.host() + "/a/b:1"});
  CHECK(pushed.status == 7);
  const auto document = base::parse_json(pushed.out, "out").value();
  CHECK(document.find("ok")->as_bool() == false);
  const auto& destinations = *document.find("destinations")->as_array();
  REQUIRE(destinations.size() == 2);
  CHECK(destinations[0].find("error")->string_or("class", "") == "network");
  CHECK(destinations[1].string_or("digest", "") == digest);
}

TEST_CASE("push: rejects an image whose digest differs from the destination's") {
  const TempDir directory;
  const RealRegistry registry;
  const Berth berth;
  const auto digest = test::write_layout(directory, "img", "1", {"one"});
  const auto other = test::sha256("other");
  CHECK(
      berth.run({"push", "oci:" + (directory / "img"), registry.host() + "/a/b@" + other}).status ==
      10);
  CHECK(registry.digest_seen_by_skopeo("a/b@" + digest).empty());
  CHECK(berth.run({"push", "oci:" + (directory / "img"), registry.host() + "/a/b@" + digest})
            .status == 0);
  CHECK(registry.digest_seen_by_skopeo("a/b@" + digest) == digest);
}

TEST_CASE("push: supports --dry-run, --no-clobber and --digest-file") {
  const TempDir directory;
  const RealRegistry registry;
  const Berth berth;
  const auto digest = test::write_layout(directory, "img", "1", {"one"});
  test::write_layout(directory, "other", "1", {"two"});
  const auto source = "oci:" + (directory / "img");
  const auto dry = berth.run({"push", "--dry-run", source, registry.host() + "/a/b:1"});
  CHECK(dry.out.find(digest) != std::string::npos);
  CHECK(registry.digest_seen_by_skopeo("a/b:1").empty());
  REQUIRE(
      berth.run({"push", "--digest-file", directory / "digest", source, registry.host() + "/a/b:1"})
          .status == 0);
  CHECK(test::slurp(directory / "digest") == digest + "\n");
  CHECK(
      berth
          .run({"push", "--no-clobber", "oci:" + (directory / "other"), registry.host() + "/a/b:1"})
          .status == 3);
  CHECK(registry.digest_seen_by_skopeo("a/b:1") == digest);
}
