// Archives that are truncated, or that have more than an image needs.
#include <filesystem>

#include "field/archives/bench.hpp"

using namespace berth;
using test::bench;
using test::mentions;

namespace {

test::DockerArchive whole_image() { return test::docker_archive({"one", test::noise(200'000, 1)}); }

std::string write(const std::string& name, const std::string& bytes) {
  return "docker-archive:" + bench().directory.write(name, bytes);
}

}  // namespace

TEST_CASE(
    "field: an archive without its end is pushed if all that is needed is there (moby#25711)") {
  auto& b = bench();
  const auto archive = whole_image();
  const auto entries = test::tar_entries(archive.files());
  const std::pair<const char*, std::string> whole_enough[] = {
      {"no end", entries},
      {"half an end", entries + std::string(512, '\0')},
      {"the next entry is cut", entries + test::tar_header("repositories", 5000) + "{"},
      {"the padding of the last entry is cut",
       entries.substr(0, entries.find_last_not_of('\0') + 1)},
      {"something after the end", archive.tar() + "PROGRESS 100%"},
      {"something instead of the end", entries + "Saving image… done\n" + std::string(1000, '.')},
      {"gzip without its trailer",
       test::gzip(archive.tar()).substr(0, test::gzip(archive.tar()).size() - 8)},
      {"xz without its footer",
       test::xz(archive.tar()).substr(0, test::xz(archive.tar()).size() - 12)},
  };
  for (const auto& one : whole_enough) {
    CAPTURE(one.first);
    b.check_stored(b.push(write("a.tar", one.second)), archive.config, archive.layers);
  }
}

TEST_CASE(
    "field: an archive that is cut before something that is needed is truncated (moby#25711, "
    "daggerboard#13)") {
  auto& b = bench();
  const auto archive = whole_image();
  const auto tar = archive.tar();
  for (const auto& cut :
       {tar.substr(0, tar.size() / 2), test::gzip(tar).substr(0, 100'000),
        test::zstd(tar).substr(0, 100'000), test::tar_entries({archive.files()[0]})}) {
    const auto pushed = b.push(write("cut.tar", cut));
    b.check_refused(pushed, test::kIntegrity);
    CHECK(pushed.error("code") == "source.truncated");
    CHECK(mentions(pushed.error("message"), "cut.tar is truncated"));
  }
}

TEST_CASE("field: the command before the pipe failed") {
  auto& b = bench();
  const auto piped = b.push("docker-archive:-");
  b.check_refused(piped, test::kUsage);
  CHECK(mentions(piped.error("message"), "standard input is empty"));
  b.check_refused(b.push(write("empty.tar", "")), test::kUsage);
  b.check_refused(b.push(write("empty.tar.gz", test::gzip(""))), test::kUsage);
}

TEST_CASE("field: entries that an image does not need do not stop it") {
  auto& b = bench();
  const auto archive = whole_image();
  auto sparse = test::tar_header("disk.img", 0);
  sparse[156] = 'S';
  unsigned sum = 0;
  for (std::size_t i = 148; i < 156; ++i) sparse[i] = ' ';
  for (const char c : sparse) sum += static_cast<unsigned char>(c);
  std::snprintf(sparse.data() + 148, 8, "%06o", sum);
  const auto more = sparse + test::tar_entries({{"._manifest.json", "AppleDouble"},
                                                {"repositories", "not json"}});
  b.check_stored(b.push(write("a.tar", more + archive.tar())), archive.config, archive.layers);
}

TEST_CASE("field: a config with what no reader needs in it is sent as it is") {
  auto& b = bench();
  auto archive = whole_image();
  archive.config = "{\"comment\":\"caf\xe9\",\"x\":1,\"x\":2,\"deep\":" + std::string(1000, '[') +
                   std::string(1000, ']') + "," + archive.config.substr(1);
  b.check_stored(b.push(write("a.tar", archive.tar())), archive.config, archive.layers);
}

TEST_CASE(
    "field: links, prefixes and orders of entries (skopeo#999, skopeo#1313, docker-squash#75)") {
  auto& b = bench();
  const auto archive = whole_image();
  const test::TempDir tree;
  // Layers below, their files linked: symbolic and hard, relative and absolute, and a link to a
  // directory.
  tree.write("layers/0.tar", archive.layers[0]);
  tree.write("layers/1.tar", archive.layers[1]);
  tree.write("config.json", archive.config);
  tree.write(
      "manifest.json",
      R"([{"Config":"config.json","RepoTags":["a:1"],"Layers":["one/layer.tar","directory/1.tar"]}])");
  const auto run = [](const std::vector<std::string>& argv) {
    REQUIRE(test::run_command(argv).status == 0);
  };
  run({"mkdir", tree / "one"});
  const std::vector<std::pair<std::string, std::string>> links{
      {"-s", "../layers/0.tar"}, {"-s", "/layers/0.tar"}, {"", tree / "layers/0.tar"}};
  run({"ln", "-s", "layers", tree / "directory"});
  for (const auto& link : links) {
    const auto& option = link.first;
    const auto& target = link.second;
    CAPTURE(target);
    auto argv = std::vector<std::string>{"ln", "-f"};
    if (!option.empty()) argv.push_back(option);
    argv.insert(argv.end(), {target, tree / "one/layer.tar"});
    run(argv);
    for (const char* what : {".", "manifest.json one layers directory config.json"}) {
      CAPTURE(what);
      run({"sh", "-c",
           "cd " + tree.path() + " && tar -cf " + (b.directory / "a.tar") + " " + what});
      b.check_stored(b.push("docker-archive:" + (b.directory / "a.tar")), archive.config,
                     archive.layers);
    }
  }
}

TEST_CASE("field: archives that tar --sparse wrote, whose layers have holes") {
  auto& b = bench();
  const std::string holes =
      std::string(300'000, '\0') + test::noise(70'000, 2) + std::string(500'000, '\0') + "end";
  std::string many;  // more regions than a header has room for
  for (unsigned i = 0; i < 60; ++i) many += test::noise(4096, i) + std::string(65'536, '\0');
  const auto archive = test::docker_archive({"one", holes, many});
  const test::TempDir tree;
  for (const auto& [name, bytes] : archive.files()) {
    tree.write(name, bytes);
    const auto file = tree / name;
    REQUIRE(test::run_command({"cp", "--sparse=always", file, file + ".holes"}).status == 0);
    REQUIRE(test::run_command({"mv", file + ".holes", file}).status == 0);
  }
  for (const char* format :
       {"--format=gnu", "--format=posix --sparse-version=0.0",
        "--format=posix --sparse-version=0.1", "--format=posix --sparse-version=1.0"}) {
    CAPTURE(format);
    const auto tar = b.directory / "sparse.tar";
    REQUIRE(test::run_command({"sh", "-c",
                               std::string("tar --sparse --hole-detection=raw ") + format + " -C " +
                                   tree.path() + " -cf " + tar + " ."})
                .status == 0);
    CHECK(std::filesystem::file_size(tar) < archive.tar().size() / 2);
    b.check_stored(b.push("docker-archive:" + tar), archive.config, archive.layers);
  }
}
