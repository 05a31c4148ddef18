// Bad input and full disks: the class of the error, and that no partial file is left.
#include <doctest/doctest.h>

#include <boost/filesystem.hpp>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"
#include "support/tiny_disk.hpp"

using namespace berth;
using test::Berth;
using test::CommandOptions;
using test::CommandResult;
using test::RealRegistry;
using test::TempDir;
using test::TinyDisk;

namespace {

std::string code_of(const CommandResult& result) {
  const auto document = base::parse_json(result.out, "out");
  const auto* error = document ? document->find("error") : nullptr;
  return error != nullptr ? error->string_or("code", "") : "";
}

// Names of all files below a directory, without its own name.
std::vector<std::string> files_below(const std::string& directory) {
  std::vector<std::string> names;
  for (boost::filesystem::recursive_directory_iterator it(directory), end; it != end; ++it)
    if (!boost::filesystem::is_directory(it->path()))
      names.push_back(it->path().string().substr(directory.size() + 1));
  return names;
}

// A push whose temporary files are visible.
struct Attempt {
  CommandResult run(const std::vector<std::string>& arguments, CommandOptions options = {}) {
    options.environment.emplace_back("TMPDIR", temporary.path());
    std::vector<std::string> all{"push", "-o", "json"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return berth.run(all, options);
  }
  // No tag, no open upload, no temporary file.
  void check_nothing_left(const RealRegistry& registry, const std::string& reference) const {
    CHECK(registry.digest_seen_by_skopeo(reference).empty());
    CHECK(registry.open_uploads() == 0);
    CHECK(files_below(temporary.path()).empty());
  }

  Berth berth;
  TempDir temporary;
};

}  // namespace

TEST_CASE("bad input: rejects archives that are truncated, incomplete or inconsistent") {
  const TempDir directory;
  const RealRegistry registry;
  Attempt attempt;
  const auto archive = test::docker_archive({"small", test::noise(9'000'000, 1)});
  const auto tar = archive.tar();
  auto flipped = tar;
  const auto middle = flipped.find(archive.layers[1]) + 8'500'000;
  for (std::size_t i = 0; i < 5; ++i)
    flipped[middle + 100 * i] = static_cast<char>(flipped[middle + 100 * i] ^ 1);
  auto lying_config = tar;
  lying_config[lying_config.find("amd64")] = 'b';
  struct {
    const char* what;
    std::string tar;
    const char* code;
  } const cases[] = {
      {"cut in a layer", tar.substr(0, tar.size() / 2), "source.truncated"},
      {"gzipped and cut", test::gzip(tar).substr(0, 4'000'000), "source.truncated"},
      {"five bytes flipped in a layer", flipped, "source.layer"},
      {"a config with another digest than its name", lying_config, "source.config"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    const auto file = directory.write("a.tar", one.tar);
    const auto from_file = attempt.run({"docker-archive:" + file, registry.host() + "/a/b:1"});
    CHECK(from_file.status == 10);
    CHECK(code_of(from_file) == one.code);
    CHECK(from_file.out.find("a.tar") != std::string::npos);
    CommandOptions piped;
    piped.input = one.tar;
    CHECK(code_of(attempt.run({"docker-archive:-", registry.host() + "/a/b:1"}, piped)) ==
          one.code);
    attempt.check_nothing_left(registry, "a/b:1");
  }
}

TEST_CASE("bad input: rejects an OCI blob that is missing, truncated or has another digest") {
  const TempDir directory;
  const RealRegistry registry;
  Attempt attempt;
  const std::string content = test::noise(3'000'000, 2);
  test::write_layout(directory, "img", "1", {"small", content});
  const auto layer = test::gzip(test::tar_of({{"file", content}}));
  const auto path = "img/blobs/sha256/" + test::sha256(layer).substr(7);
  const auto push = [&] {
    return attempt.run({"oci:" + (directory / "img"), registry.host() + "/a/b:1"});
  };
  for (const std::size_t at : {std::size_t{0}, layer.size() / 2, layer.size() - 1}) {
    auto flipped = layer;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    directory.write(path, flipped);
    const auto result = push();
    CHECK(result.status == 10);
    CHECK(code_of(result) == "source.blob");
    attempt.check_nothing_left(registry, "a/b:1");
  }
  directory.write(path, layer.substr(1));
  CHECK(code_of(push()) == "source.blob");
  boost::filesystem::remove(directory / path);
  const auto missing = push();
  CHECK(missing.status == 10);
  CHECK(code_of(missing) == "source.missing");
  attempt.check_nothing_left(registry, "a/b:1");
}

TEST_CASE("bad input: rejects a reference outside the container registry") {
  const TempDir directory;
  const RealRegistry registry;
  Attempt attempt;
  test::write_layout(directory, "img", "1", {"small"});
  attempt.berth.register_registry("prod", "default", registry.host() + "/team");
  const auto outside = attempt.run(
      {"--registry", "prod", "oci:" + (directory / "img"), registry.host() + "/other/app:1"});
  CHECK(outside.status == 3);
  CHECK(code_of(outside) == "push.not-in-registry");
  attempt.check_nothing_left(registry, "other/app:1");
}

TEST_CASE("full disk: the directory of an OCI layout") {
  const TinyDisk disk(std::size_t{2} << 20U);
  if (!disk.usable()) return;
  const TempDir directory;
  Attempt attempt;
  test::write_layout(directory, "small", "1", {"small"});
  test::write_layout(directory, "large", "1", {"one", test::noise(3'000'000, 1)});
  const auto archive =
      directory.write("a.tar", test::docker_archive({test::noise(3'000'000, 1)}).tar());
  attempt.berth.register_registry("shelf", "layout", "oci:" + (disk / "shelf"));
  REQUIRE(attempt.run({"oci:" + (directory / "small"), "shelf/app:1"}).status == 0);
  const auto index = test::slurp(disk / "shelf/index.json");
  for (const auto& source : {"oci:" + (directory / "large"), "docker-archive:" + archive}) {
    const auto full = attempt.run({source, "shelf/app:2"});
    CHECK(full.status == 11);
    CHECK(full.out.find("no space left") != std::string::npos);
    CHECK(test::slurp(disk / "shelf/index.json") == index);
    for (const auto& name : files_below(disk / "shelf/blobs")) {
      CAPTURE(name);
      CHECK(test::sha256(test::slurp(disk / ("shelf/blobs/" + name))) ==
            "sha256:" + name.substr(7));
    }
  }
  CHECK(attempt.run({"oci:" + (directory / "small"), "shelf/app:3"}).status == 0);
}

TEST_CASE("full disk: TMPDIR, while an archive is read from a pipe") {
  const TinyDisk disk(std::size_t{1} << 20U);
  if (!disk.usable()) return;
  const RealRegistry registry;
  const Berth berth;
  CommandOptions piped;
  piped.input = test::docker_archive({test::noise(3'000'000, 1)}).tar();
  piped.environment = {{"TMPDIR", disk.path()}};
  const auto full =
      berth.run({"push", "-o", "json", "docker-archive:-", registry.host() + "/a/b:1"}, piped);
  CHECK(full.status == 11);
  CHECK(code_of(full) == "source.spool");
  CHECK(full.out.find("TMPDIR") != std::string::npos);
  CHECK(registry.digest_seen_by_skopeo("a/b:1").empty());
  CHECK(files_below(disk.path()).empty());
}

TEST_CASE("full disk: the digest file, after a completed push") {
  const TinyDisk disk(std::size_t{64} << 10U);
  if (!disk.usable()) return;
  const TempDir directory;
  const RealRegistry registry;
  const Berth berth;
  const auto digest = test::write_layout(directory, "img", "1", {"small"});
  disk.fill();
  const auto full = berth.run({"push", "--digest-file", disk / "digest",
                               "oci:" + (directory / "img"), registry.host() + "/a/b:1"});
  CHECK(full.status == 11);
  CHECK(full.err.find("cannot push") == std::string::npos);
  CHECK(test::slurp(disk / "digest").empty());
  CHECK(registry.digest_seen_by_skopeo("a/b:1") == digest);
}

TEST_CASE("full disk: the configuration directory") {
  const TinyDisk disk(std::size_t{64} << 10U);
  if (!disk.usable()) return;
  const Berth berth;
  const auto add = [&](const std::string& name) {
    return berth
        .run({"registry", "register", name, "--flavor", "default", "--uri", "localhost:1/" + name,
              "--config-dir", disk / "config"})
        .status;
  };
  REQUIRE(add("first") == 0);
  const auto before = test::slurp(disk / "config/registries.json");
  disk.fill();
  CHECK(add("second") == 11);
  CHECK(test::slurp(disk / "config/registries.json") == before);
  boost::filesystem::remove(disk / "filler");
  CHECK(add("second") == 0);
  for (const auto& name : files_below(disk / "config")) {
    CAPTURE(name);
    CHECK(name.find("registries.json.") == std::string::npos);
  }
}

TEST_CASE("full disk: the disk of the registry") {
  const TinyDisk disk(std::size_t{2} << 20U);
  if (!disk.usable()) return;
  const TempDir directory;
  test::RegistryOptions options;
  options.storage = disk.path();
  const RealRegistry registry(options);
  Attempt attempt;
  test::write_layout(directory, "img", "1", {"small", test::noise(4'000'000, 1)});
  const auto full = attempt.run({"oci:" + (directory / "img"), registry.host() + "/a/b:1"});
  CHECK(full.status == 9);
  CHECK(code_of(full) == "push.blob-failed");
  CHECK(registry.digest_seen_by_skopeo("a/b:1").empty());
}
