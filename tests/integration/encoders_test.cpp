// push --compression with a real registry, read back by skopeo, an independent client.
#include <doctest/doctest.h>

#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"
#include "support/requirements.hpp"

using namespace berth;
using test::Berth;
using test::RealRegistry;
using test::TempDir;

namespace {

const std::string kFirstFile = test::noise(1'400'000, 1) + std::string(900'000, 'a');
const std::string kSecondFile = test::noise(300'000, 2);
const std::string kFirst = test::tar_of({{"file", kFirstFile}});
const std::string kSecond = test::tar_of({{"file", kSecondFile}});

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct EncoderBench {
  TempDir directory;
  RealRegistry registry;
  Berth berth;

  EncoderBench() {
    directory.write("app.tar", test::docker_archive({kFirstFile, kSecondFile}).tar());
  }

  test::CommandResult push(const std::string& tag, const std::vector<std::string>& options) {
    std::vector<std::string> arguments{"push", "docker-archive:" + directory / "app.tar",
                                       name(tag)};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return berth.run(arguments);
  }
  [[nodiscard]] std::string name(const std::string& tag) const {
    return registry.host() + "/encoded/app:" + tag;
  }
  [[nodiscard]] std::string manifest(const std::string& tag) const {
    return test::run_command(
               {"skopeo", "inspect", "--tls-verify=false", "--raw", "docker://" + name(tag)})
        .out;
  }
  // The uncompressed layers, unpacked by skopeo.
  [[nodiscard]] std::vector<std::string> layers(const std::string& tag) const {
    const std::string back = directory / ("back-" + tag);
    const auto copied =
        test::run_command({"skopeo", "copy", "--src-tls-verify=false", "--dest-decompress",
                           "docker://" + name(tag), "dir:" + back});
    REQUIRE_MESSAGE(copied.status == 0, copied.err);
    std::vector<std::string> unpacked;
    for (const auto& layer : {kFirst, kSecond})
      unpacked.push_back(test::slurp(back + "/" + test::sha256(layer).substr(7)));
    return unpacked;
  }
};

}  // namespace

TEST_CASE("encoders: skopeo reads back what each of them wrote") {
  const struct {
    std::string option;
    std::string format;
    std::string media_type;
  } cases[] = {{"gzip", "docker", "application/vnd.docker.image.rootfs.diff.tar.gzip\""},
               {"gzip:small", "docker", "application/vnd.docker.image.rootfs.diff.tar.gzip\""},
               {"gzip:small", "oci", "application/vnd.oci.image.layer.v1.tar+gzip\""},
               {"zstd", "oci", "application/vnd.oci.image.layer.v1.tar+zstd\""},
               {"zstd:12", "oci", "application/vnd.oci.image.layer.v1.tar+zstd\""},
               {"keep", "docker", "application/vnd.docker.image.rootfs.diff.tar\""},
               {"keep", "oci", "application/vnd.oci.image.layer.v1.tar\""}};
  EncoderBench bench;
  int number = 0;
  for (const auto& one : cases) {
    CAPTURE(one.option);
    CAPTURE(one.format);
    const auto tag = std::to_string(++number);
    const auto pushed = bench.push(tag, {"--compression", one.option, "--format", one.format});
    REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
    const auto manifest = bench.manifest(tag);
    CHECK_MESSAGE(contains(manifest, one.media_type), manifest);
    CHECK(bench.layers(tag) == std::vector{kFirst, kSecond});
    const bool keeps = one.option == "keep";
    CHECK(contains(manifest, test::sha256(kFirst)) == keeps);
    const auto again =
        bench.push(tag + "-again", {"--compression", one.option, "--format", one.format});
    CHECK(contains(again.err, "uploaded 0 blobs"));
    const auto without = bench.push(
        tag + "-new", {"--compression", one.option, "--format", one.format, "--no-cache"});
    CHECK(without.status == 0);
    CHECK(bench.manifest(tag + "-again") == manifest);
    CHECK(bench.manifest(tag + "-new") == manifest);
  }
  CHECK(bench.registry.open_uploads() == 0);
}

TEST_CASE("encoders: zstd selects OCI manifests, and contradicts --format docker") {
  EncoderBench bench;
  REQUIRE(bench.push("1", {"--compression", "zstd"}).status == 0);
  CHECK(contains(bench.manifest("1"), "application/vnd.oci.image.manifest.v1+json"));
  const auto refused = bench.push("2", {"--compression", "zstd", "--format", "docker"});
  CHECK(refused.status == 2);
  CHECK(contains(refused.err, "zstd layers require --format oci"));
  const auto unknown = bench.push("2", {"--compression", "lz4"});
  CHECK(unknown.status == 2);
  CHECK(contains(unknown.err, "--compression requires gzip, gzip:small, zstd"));
}

TEST_CASE("encoders: the setting of a container registry, and the option before it") {
  EncoderBench bench;
  const auto host = bench.registry.host();
  const auto add = [&](const std::string& name, const std::string& value) {
    return bench.berth
        .run({"registry", "register", name, "--flavor", "default", "--uri", host + "/" + name,
              "--set", "compression=" + value})
        .status;
  };
  REQUIRE(add("small", "zstd:5") == 0);
  REQUIRE(add("plain", "keep") == 0);
  CHECK(add("bad", "zstd:20") == 2);
  const auto push_to = [&](const std::vector<std::string>& arguments) {
    std::vector<std::string> all{"push", "docker-archive:" + bench.directory / "app.tar"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return bench.berth.run(all);
  };
  const auto raw = [&](const std::string& reference) {
    return test::run_command(
               {"skopeo", "inspect", "--tls-verify=false", "--raw", "docker://" + host + reference})
        .out;
  };
  REQUIRE(push_to({"small/app:1"}).status == 0);
  CHECK(contains(raw("/small/app:1"), "layer.v1.tar+zstd\""));
  REQUIRE(push_to({"small/app:2", "--compression", "gzip"}).status == 0);
  CHECK(contains(raw("/small/app:2"), "rootfs.diff.tar.gzip\""));
  const auto both = push_to({"small/app:3", "plain/app:3"});
  CHECK(both.status == 2);
  CHECK(contains(both.err, "different compressions"));
  REQUIRE(push_to({"small/app:3", "plain/app:3", "--compression", "keep"}).status == 0);
  CHECK(raw("/small/app:3") == raw("/plain/app:3"));
}

TEST_CASE("encoders: memory is flat, also for many large layers") {
  EncoderBench bench;
  {
    // Freed before the push, whose peak begins with the memory of this program.
    std::vector<std::string> files;
    for (unsigned i = 0; i < 4; ++i)
      files.push_back(test::noise(12'000'000, i) + std::string(12'000'000, 'x'));
    bench.directory.write("app.tar", test::docker_archive(files).tar());
  }
  for (const std::string& option :
       {std::string("gzip:small"), std::string("zstd"), std::string("keep")}) {
    CAPTURE(option);
    const auto pushed = bench.push("large", {"--compression", option});
    CHECK(pushed.status == 0);
    MESSAGE(option << ": " << pushed.peak_kib << " KiB");
    CHECK(pushed.peak_kib <= test::kMaxMemory);
  }
}
