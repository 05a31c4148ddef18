// Archives as podman, skopeo and versions of docker write them: the pushed image is the saved one.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"
#include "support/requirements.hpp"

using namespace berth;
using base::Json;
using test::Berth;
using test::RealRegistry;
using test::TempDir;

namespace {

struct ArchiveBench {
  TempDir directory;
  RealRegistry registry;
  Berth berth;

  // Pushes, and returns the digest that berth printed; "" on failure.
  std::string push(const std::string& source, const std::string& to) {
    const auto pushed = berth.run({"push", source, registry.host() + "/" + to});
    CHECK_MESSAGE(pushed.status == 0, pushed.err);
    const auto at = pushed.out.find("@sha256:");
    return at == std::string::npos ? "" : pushed.out.substr(at + 1, 71);
  }
};

ArchiveBench& bench() {
  static ArchiveBench shared;
  return shared;
}

std::string run(const std::vector<std::string>& argv, const std::string& input = {}) {
  test::CommandOptions options;
  options.input = input;
  const auto result = test::run_command(argv, options);
  if (result.status != 0) throw std::runtime_error(argv.front() + ": " + result.err);
  return result.out;
}

Json json(const std::string& text) { return base::parse_json(text, "a document").value(); }

std::string entry(const std::string& archive, const std::string& name) {
  return run({"tar", "--extract", "--to-stdout", "--file", archive, name});
}

std::string blob_path(const std::string& digest) { return "blobs/sha256/" + digest.substr(7); }

// The config of the first image in a docker archive.
std::string docker_config(const std::string& archive) {
  const auto list = json(entry(archive, "manifest.json"));
  return entry(archive, list.as_array()->front().string_or("Config", ""));
}

std::string oci_manifest_digest(const std::string& archive) {
  return json(entry(archive, "index.json"))
      .find("manifests")
      ->as_array()
      ->front()
      .string_or("digest", "");
}

// Verifies the image under that name in the registry, read with skopeo and curl: the digest, the
// config byte for byte, and layers whose uncompressed bytes have the config's diff IDs.
void check_stored(const std::string& repository, const std::string& digest,
                  const std::string& config) {
  auto& registry = bench().registry;
  CAPTURE(repository);
  REQUIRE_FALSE(digest.empty());
  CHECK(registry.digest_seen_by_skopeo(repository + ":1") == digest);
  const auto manifest =
      json(run({"skopeo", "inspect", "--raw", "--tls-verify=false",
                "docker://" + registry.host() + "/" + repository + "@" + digest}));
  CHECK(registry.fetch_blob(repository, manifest.find("config")->string_or("digest", "")) ==
        config);
  const auto& layers = *manifest.find("layers")->as_array();
  const auto parsed = json(config);
  const auto& diff_ids = *parsed.find("rootfs")->find("diff_ids")->as_array();
  REQUIRE(layers.size() == diff_ids.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto stored = registry.fetch_blob(repository, layers[i].string_or("digest", ""));
    CHECK(test::sha256(run({"gzip", "--decompress", "--stdout"}, stored)) ==
          *diff_ids[i].as_string());
  }
  CHECK(registry.open_uploads() == 0);
}

const std::vector<std::string>& layer_contents() {
  static const std::vector<std::string> contents{"one", test::noise(400'000, 1),
                                                 std::string(400'000, 'x')};
  return contents;
}

// The image of these tests, built by hand: its config, and the content of an OCI layout of it.
struct HandMade {
  test::DockerArchive old = test::docker_archive(layer_contents());
  test::Files blobs;
  std::string manifest;
  std::vector<std::string> layer_paths;

  explicit HandMade(bool compressed) {
    const auto add = [&](const std::string& bytes) {
      const auto digest = test::sha256(bytes);
      blobs.emplace_back(blob_path(digest), bytes);
      return fmt::format(R"("digest":"{}","size":{})", digest, bytes.size());
    };
    std::string layers;
    for (const auto& tar : old.layers) {
      layers += fmt::format(R"({}{{"mediaType":"application/vnd.oci.image.layer.v1.tar{}",{}}})",
                            layers.empty() ? "" : ",", compressed ? "+gzip" : "",
                            add(compressed ? test::gzip(tar) : tar));
      layer_paths.push_back(blobs.back().first);
    }
    manifest = fmt::format(
        R"({{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json",{}}},"layers":[{}]}})",
        add(old.config), layers);
    add(manifest);
  }

  // The files that docker save writes next to the blobs; `root` is the descriptor in index.json.
  [[nodiscard]] std::string tar(const std::string& root_type, const std::string& root) const {
    test::Files files = blobs;
    files.emplace_back("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
    files.emplace_back(
        "index.json",
        fmt::format(
            R"({{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":"{}","digest":"{}","size":{},"annotations":{{"io.containerd.image.name":"docker.io/demo/app:1","org.opencontainers.image.ref.name":"1"}}}}]}})",
            root_type, test::sha256(root), root.size()));
    Json paths = Json::array();
    for (const auto& path : layer_paths) paths.push_back(path);
    files.emplace_back("manifest.json",
                       Json::array({Json::object({{"Config", blob_path(test::sha256(old.config))},
                                                  {"RepoTags", Json::array({"demo/app:1"})},
                                                  {"Layers", paths}})})
                           .dump());
    return test::tar_of(files);
  }
};

constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kIndexType = "application/vnd.oci.image.index.v1+json";

}  // namespace

TEST_CASE("archives: podman save as docker-archive, as oci-archive, gzipped, and with two images") {
  // Without root, podman leaves directories that their owner cannot remove, and a process.
  if (!test::require_machine(test::is_root(), "root, for podman's storage")) {
    CHECK(true);
    return;
  }
  auto& b = bench();
  const std::vector<std::string> podman_here{
      "podman",           "--root", b.directory / "podman", "--runroot", b.directory / "run",
      "--storage-driver", "vfs"};
  const auto podman = [&](const std::vector<std::string>& arguments) {
    auto argv = podman_here;
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    run(argv);
  };
  const std::string name = "docker.io/demo/app:1";
  auto image = test::docker_archive(layer_contents());
  image.name = name;
  podman({"load", "--quiet", "--input", b.directory.write("in.tar", image.tar())});
  const auto file = [&](const char* archive) { return b.directory / archive; };
  podman({"save", "--quiet", "--output", file("pd.tar"), name});
  podman({"save", "--quiet", "--format", "oci-archive", "--output", file("po.tar"), name});
  const auto config = docker_config(file("pd.tar"));

  const auto digest = b.push("docker-archive:" + file("pd.tar"), "podman/docker:1");
  check_stored("podman/docker", digest, config);
  CHECK(b.push("docker-archive:" +
                   b.directory.write("pd.tar.gz", test::gzip(test::slurp(file("pd.tar")))),
               "podman/docker:2") == digest);
  const auto layout_digest = b.push("oci-archive:" + file("po.tar"), "podman/oci:1");
  CHECK(layout_digest == oci_manifest_digest(file("po.tar")));
  const auto layout_manifest = json(entry(file("po.tar"), blob_path(layout_digest)));
  check_stored(
      "podman/oci", layout_digest,
      entry(file("po.tar"), blob_path(layout_manifest.find("config")->string_or("digest", ""))));

  run({"tar", "--create", "--file", file("rootfs.tar"), "--directory", "/", "etc/hostname"});
  podman({"import", "--quiet", file("rootfs.tar"), "demo/third:1"});
  podman({"save", "--quiet", "--multi-image-archive", "--output", file("pm.tar"), name,
          "demo/third:1"});
  CHECK(b.push("docker-archive:" + file("pm.tar") + ":demo/app:1", "podman/multi:1") == digest);
  CHECK(b.push("docker-archive:" + file("pm.tar") + ":localhost/demo/third:1", "podman/multi:2") !=
        digest);
  const auto ambiguous = b.berth.run(
      {"push", "docker-archive:" + file("pm.tar"), b.registry.host() + "/podman/multi:3"});
  CHECK(ambiguous.status == 2);
  CHECK(ambiguous.err.find("docker.io/demo/app:1") != std::string::npos);
  CHECK(ambiguous.err.find("localhost/demo/third:1") != std::string::npos);

  // podman's service responds like a docker daemon.
  auto argv = podman_here;
  const auto socket = file("podman.sock");
  argv.insert(argv.end(), {"system", "service", "--time", "60", "unix://" + socket});
  test::BackgroundCommand service(argv, file("service.log"));
  while (service.running() && ::access(socket.c_str(), F_OK) != 0) ::poll(nullptr, 0, 10);
  test::CommandOptions options;
  options.environment = {{"DOCKER_HOST", "unix://" + socket}};
  const auto served = b.berth.run(
      {"push", "docker-daemon:demo/app:1", b.registry.host() + "/podman/served:1"}, options);
  CHECK_MESSAGE(served.status == 0, served.err);
  CHECK(served.out.find(digest) != std::string::npos);
}

TEST_CASE("archives: skopeo copies to docker-archive and oci-archive") {
  auto& b = bench();
  const auto digest = test::write_layout(b.directory, "img", "1", layer_contents());
  const auto image = "oci:" + (b.directory / "img") + ":1";
  const auto docker = b.directory / "sd.tar";
  const auto layout = b.directory / "so.tar";
  run({"skopeo", "copy", "--quiet", image, "docker-archive:" + docker + ":demo/app:1"});
  run({"skopeo", "copy", "--quiet", image, "oci-archive:" + layout + ":1"});
  check_stored("skopeo/docker", b.push("docker-archive:" + docker, "skopeo/docker:1"),
               docker_config(docker));
  const auto pushed = b.push("oci-archive:" + layout, "skopeo/oci:1");
  CHECK(pushed == digest);
  check_stored("skopeo/oci", pushed, test::docker_archive(layer_contents()).config);
}

// Built by hand, from the formats that moby's image specification 1.2 and docker's release notes
// document: Debian 12 has only docker 20.10, which writes the first.
TEST_CASE(
    "archives: docker save before version 25, and since with an OCI index of uncompressed layers") {
  auto& b = bench();
  const auto old = test::docker_archive(layer_contents());
  const auto digest =
      b.push("docker-archive:" + b.directory.write("d20.tar", old.tar()), "docker/old:1");
  check_stored("docker/old", digest, old.config);

  const HandMade image(false);
  const auto file = b.directory.write("d25.tar", image.tar(kManifestType, image.manifest));
  const auto since = b.push("docker-archive:" + file + ":demo/app:1", "docker/since:1");
  check_stored("docker/since", since, old.config);
  CHECK(since == digest);
}

// The same, of the containerd image store: compressed layers, and an index with manifests that the
// store does not have.
TEST_CASE(
    "archives: docker save of the containerd image store is pushed byte for byte if it is "
    "complete") {
  auto& b = bench();
  const HandMade image(true);
  const auto whole = b.directory.write("c.tar", image.tar(kManifestType, image.manifest));
  const auto digest = b.push("docker-archive:" + whole, "containerd/whole:1");
  CHECK(digest == test::sha256(image.manifest));
  check_stored("containerd/whole", digest, image.old.config);

  HandMade partial(true);
  const auto index = fmt::format(
      R"({{"schemaVersion":2,"mediaType":"{0}","manifests":[{{"mediaType":"{1}","digest":"{2}","size":{3},"platform":{{"architecture":"amd64","os":"linux"}}}},{{"mediaType":"{1}","digest":"{4}","size":5,"platform":{{"architecture":"arm64","os":"linux"}}}}]}})",
      kIndexType, kManifestType, test::sha256(partial.manifest), partial.manifest.size(),
      test::sha256("other"));
  partial.blobs.emplace_back(blob_path(test::sha256(index)), index);
  const auto file = b.directory.write("p.tar", partial.tar(kIndexType, index));
  check_stored("containerd/partial", b.push("docker-archive:" + file, "containerd/partial:1"),
               partial.old.config);
}
