// Archives and layers in compression formats other than gzip.
#include "field/archives/bench.hpp"

using namespace berth;
using test::bench;
using test::mentions;

namespace {

test::DockerArchive image() { return test::docker_archive({"one", test::noise(300'000, 1)}); }

void replace_layer(test::Files& files, std::size_t layer, const std::string& bytes) {
  for (auto& file : files)
    if (file.first == fmt::format("layer{}/layer.tar", layer)) file.second = bytes;
}

}  // namespace

TEST_CASE("field: archives by xz, zstd, bzip2 and lzma (skopeo#329, moby#28394, docker/cli#4667)") {
  auto& b = bench();
  const auto archive = image();
  const auto plain = b.push("docker-archive:" + b.directory.write("plain.tar", archive.tar()));
  b.check_stored(plain, archive.config, archive.layers);
  const auto half = archive.tar().size() / 2;
  const std::pair<const char*, std::string> packed[] = {
      {"a.tar.xz", test::xz(archive.tar())},
      {"a.tar.zst", test::zstd(archive.tar())},
      {"a.tar.bz2", test::bzip2(archive.tar())},
      {"a.tar.lzma", test::lzma(archive.tar())},
      {"two frames.zst",
       test::zstd(archive.tar().substr(0, half)) + test::zstd(archive.tar().substr(half))},
      {"two streams.xz",
       test::xz(archive.tar().substr(0, half)) + test::xz(archive.tar().substr(half))},
      {"packed twice.gz", test::gzip(test::gzip(archive.tar()))},
      {"padded.gz", test::gzip(archive.tar()) + std::string(4096, '\0')},
  };
  for (const auto& one : packed) {
    CAPTURE(one.first);
    const auto file = b.directory.write(one.first, one.second);
    CHECK(b.push("docker-archive:" + file).digest() == plain.digest());
    test::CommandOptions piped;
    piped.input = one.second;
    CHECK(b.push("docker-archive:-", {}, piped).digest() == plain.digest());
    CHECK(b.push("docker-archive:" + file, {"--dry-run"}).result.status == 0);
  }
}

TEST_CASE("field: an OCI archive by zstd (docker/cli#4667)") {
  auto& b = bench();
  const auto digest = test::write_layout(b.directory, "layout", "1", {"one"});
  const auto tar = test::run_command({"tar", "-C", b.directory / "layout", "-c", "."});
  REQUIRE(tar.status == 0);
  const auto pushed =
      b.push("oci-archive:" + b.directory.write("oci.tar.zst", test::zstd(tar.out)));
  b.check_pushed(pushed);
  CHECK(pushed.digest() == digest);
}

TEST_CASE(
    "field: layers by zstd, xz and bzip2 in a docker archive (rules_docker#2175, rules_oci#519)") {
  auto& b = bench();
  const auto archive = image();
  const auto plain = b.push("docker-archive:" + b.directory.write("plain.tar", archive.tar()));
  for (const auto& layer : {test::zstd(archive.layers[1]), test::xz(archive.layers[1]),
                            test::bzip2(archive.layers[1])}) {
    auto files = archive.files();
    replace_layer(files, 1, layer);
    const auto source = "docker-archive:" + b.directory.write("a.tar", test::tar_of(files));
    const auto pushed = b.push(source);
    b.check_stored(pushed, archive.config, archive.layers);
    CHECK(pushed.digest() == plain.digest());
    const auto checked = b.berth.run({"check", source, b.registry.host() + "/" + plain.reference});
    CHECK_MESSAGE(checked.status == 0, checked.err);
  }
}

TEST_CASE(
    "field: a packing that berth does not read is reported as unsupported, not as damage "
    "(moby#28394)") {
  auto& b = bench();
  const auto archive = image();
  const std::string lz4("\x04\x22\x4d\x18\x64\x40\xa7", 7);
  const auto file = b.directory.write("a.tar.lz4", lz4 + std::string(100, 'x'));
  const auto whole = b.push("docker-archive:" + file);
  b.check_refused(whole, test::kUsage);
  CHECK(mentions(whole.error("cause"), "lz4"));
  CHECK(whole.error("fix") == "lz4 -dc " + file + " | berth push docker-archive:- DESTINATION");

  auto files = archive.files();
  replace_layer(files, 0, lz4);
  const auto source = "docker-archive:" + b.directory.write("a.tar", test::tar_of(files));
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{}, std::vector<std::string>{"--dry-run"}}) {
    const auto layer = b.push(source, options);
    b.check_refused(layer, test::kUsage);
    CHECK(mentions(layer.error("message"), "layer0/layer.tar"));
    CHECK(mentions(layer.error("cause"), "lz4"));
  }
  const auto checked = b.berth.run({"check", source, b.registry.host() + "/field/check:t"});
  CHECK(checked.status == test::kUsage);
  CHECK(mentions(checked.err, "lz4"));

  const auto zip =
      b.push("docker-archive:" + b.directory.write("artifact.zip", "PK\x03\x04 and so on"));
  b.check_refused(zip, test::kUsage);
  CHECK(mentions(zip.error("fix"), "unzip -p"));
}

TEST_CASE("field: a gzip layer with data after it is not passed on") {
  auto& b = bench();
  const auto archive = image();
  auto files = archive.files();
  replace_layer(files, 0, test::gzip(archive.layers[0]) + "trailing");
  const auto pushed = b.push("docker-archive:" + b.directory.write("a.tar", test::tar_of(files)));
  b.check_refused(pushed, test::kIntegrity);
  CHECK(mentions(pushed.error("message"), "after its gzip stream"));
}

TEST_CASE("field: a limit of temporary files stops an archive that grows without end") {
  auto& b = bench();
  test::CommandOptions limited;
  limited.environment = {{"BERTH_SPOOL_LIMIT", "100000"}};
  const auto bomb = b.directory.write("bomb.tar.xz", test::xz(std::string(10'000'000, '\0')));
  const auto pushed = b.push("docker-archive:" + bomb, {}, limited);
  CHECK(pushed.error("code") == "source.spool");
  CHECK(mentions(pushed.error("fix"), "BERTH_SPOOL_LIMIT"));
  const auto small = image();
  limited.environment = {{"BERTH_SPOOL_LIMIT", "a lot"}};
  b.check_refused(b.push("docker-archive:" + b.directory.write("a.tar.gz", test::gzip(small.tar())),
                         {}, limited),
                  test::kUsage);
}
