// Memory does not grow with the size of a layer or with their number. BERTH_LARGE_LAYER_BYTES sets
// the size of the large ones (issue: 4 GiB); the default takes seconds.
//
// The limits for berth also hold for each of its workers: on Linux, wait4(2) reports the largest
// resident set of the child or of any descendant that it waited for (getrusage(2), RUSAGE_BOTH). It
// also counts that of this program at the time of fork, so no code here may hold a layer in memory.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/json_parser.hpp"
#include "oci/hasher.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"
#include "support/requirements.hpp"

using namespace berth;
using test::Berth;
using test::RealRegistry;
using test::TempDir;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

std::uint64_t large_size() {
  const char* text = std::getenv("BERTH_LARGE_LAYER_BYTES");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 256 * kMiB;
}

// Writes bytes that deflate cannot compress: they repeat at a distance larger than its window.
// Returns their digest.
std::string append_noise(std::ofstream& file, std::uint64_t size, std::uint64_t seed) {
  static std::string piece = test::noise(kMiB, 1);
  oci::Hasher hasher;
  for (std::uint64_t done = 0, number = seed << 32U; done < size; ++number) {
    std::memcpy(piece.data(), &number, sizeof number);
    const auto count = std::min<std::uint64_t>(size - done, piece.size());
    hasher.update(std::string_view(piece).substr(0, count));
    file.write(piece.data(), static_cast<std::streamsize>(count));
    done += count;
  }
  return hasher.finish().str();
}

struct Layer {
  std::string digest;
  std::uint64_t size;
};

std::string config_of(const std::vector<Layer>& layers) {
  base::Json ids = base::Json::array();
  for (const auto& layer : layers) ids.push_back(layer.digest);
  return base::Json::object({{"os", "linux"},
                             {"architecture", "amd64"},
                             {"rootfs", base::Json::object({{"diff_ids", ids}})}})
      .dump();
}

// An OCI layout with compressed layers; their bytes are not valid gzip, which is never checked.
std::vector<Layer> write_layout(const TempDir& directory, std::size_t count, std::uint64_t size) {
  test::write_layout(directory, "img", "1", {});
  const std::string blobs = directory / "img/blobs/sha256/";
  std::vector<Layer> layers;
  base::Json list = base::Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    std::ofstream file(blobs + "new", std::ios::binary);
    layers.push_back({append_noise(file, size, i), size});
    file.close();
    boost::filesystem::rename(blobs + "new", blobs + layers.back().digest.substr(7));
    list.push_back(base::Json::object({{"mediaType", "application/vnd.oci.image.layer.v1.tar+gzip"},
                                       {"digest", layers.back().digest},
                                       {"size", size}}));
  }
  const auto add = [&](const std::string& type, const std::string& bytes) {
    directory.write("img/blobs/sha256/" + test::sha256(bytes).substr(7), bytes);
    return base::Json::object({{"mediaType", "application/vnd.oci.image." + type + ".v1+json"},
                               {"digest", test::sha256(bytes)},
                               {"size", static_cast<std::uint64_t>(bytes.size())}});
  };
  const auto manifest = base::Json::object(
      {{"schemaVersion", 2}, {"config", add("config", config_of(layers))}, {"layers", list}});
  const auto entry = add("manifest", manifest.dump());
  directory.write(
      "img/index.json",
      base::Json::object({{"schemaVersion", 2}, {"manifests", base::Json::array({entry})}}).dump());
  return layers;
}

// A docker archive of uncompressed layers.
std::vector<Layer> write_archive(const TempDir& directory, std::size_t count, std::uint64_t size) {
  std::ofstream file(directory / "a.tar", std::ios::binary);
  std::vector<Layer> layers;
  std::string names;
  for (std::size_t i = 0; i < count; ++i) {
    const auto name = fmt::format("{}/layer.tar", i);
    file << test::tar_header(name, size);
    layers.push_back({append_noise(file, size, i), size});
    file << std::string((512 - size % 512) % 512, '\0');
    names += (i == 0 ? "\"" : ",\"") + name + "\"";
  }
  file << test::tar_of(
      {{"config.json", config_of(layers)},
       {"manifest.json", fmt::format(R"([{{"Config":"config.json","Layers":[{}]}}])", names)}});
  return layers;
}

// The digest of a stored blob, downloaded with curl and, on request, inflated by gzip.
std::string fetched(const RealRegistry& registry, const std::string& digest, bool inflate) {
  const std::string url = "http://" + registry.host() + "/v2/a/b/blobs/" + digest;
  test::CommandOptions options;
  options.limit = std::chrono::seconds(600);
  const auto hash = test::run_command(
      {"bash", "-c",
       "curl --silent --fail " + url + (inflate ? " | gzip --decompress" : "") + " | sha256sum"},
      options);
  return "sha256:" + hash.out.substr(0, 64);
}

struct Pushed {
  base::Json report;
  long peak_kib = 0;
};

Pushed push(const RealRegistry& registry, const std::string& source) {
  const Berth berth;
  test::CommandOptions options;
  options.limit = std::chrono::seconds(600);
  const auto result =
      berth.run({"push", "-o", "json", source, registry.host() + "/a/b:1"}, options);
  REQUIRE_MESSAGE(result.status == 0, result.err);
  const auto report = base::parse_json(result.out, "out").value();
  std::printf("%s: peak %ld KiB, %.1f s\n", source.substr(0, source.find(':')).c_str(),
              result.peak_kib, report.find("seconds")->as_double().value());
  CHECK(registry.open_uploads() == 0);
  return {report, result.peak_kib};
}

// Pushes to three registries in parallel; returns the largest resident set in KiB.
long peak_of_three(const std::string& source) {
  const RealRegistry registries[3];
  const Berth berth;
  std::vector<std::string> arguments{"push", "-q", source};
  for (const auto& registry : registries) arguments.push_back(registry.host() + "/a/b:1");
  test::CommandOptions options;
  options.limit = std::chrono::seconds(600);
  const auto result = berth.run(arguments, options);
  REQUIRE_MESSAGE(result.status == 0, result.err);
  std::printf("three destinations: peak %ld KiB\n", result.peak_kib);
  return result.peak_kib;
}

}  // namespace

TEST_CASE("large layer: uploads from a layout in bounded memory, byte for byte") {
  const TempDir directory;
  const RealRegistry registry;
  const auto layers = write_layout(directory, 1, large_size());
  const auto pushed = push(registry, "oci:" + (directory / "img"));
  CHECK(pushed.peak_kib <= test::kMaxMemory);
  CHECK(fetched(registry, layers[0].digest, false) == layers[0].digest);
}

TEST_CASE("large layer: compresses a docker archive in bounded memory; gzip restores the content") {
  const TempDir directory;
  const RealRegistry registry;
  const auto layers = write_archive(directory, 1, large_size());
  const auto pushed = push(registry, "docker-archive:" + (directory / "a.tar"));
  CHECK(pushed.peak_kib <= test::kMaxMemory);
  const auto digest = (*pushed.report.find("blobs")->as_array())[1].string_or("digest", "");
  CHECK(fetched(registry, digest, false) == digest);
  CHECK(fetched(registry, digest, true) == layers[0].digest);
}

TEST_CASE("large layers: sixteen compressed layers in parallel") {
  const TempDir directory;
  const RealRegistry registry;
  write_layout(directory, 16, large_size() / 16);
  CHECK(push(registry, "oci:" + (directory / "img")).peak_kib <= test::kMaxMemory);
}

TEST_CASE("large layers: four uncompressed layers in parallel") {
  const TempDir directory;
  const RealRegistry registry;
  write_archive(directory, 4, large_size() / 4);
  CHECK(push(registry, "docker-archive:" + (directory / "a.tar")).peak_kib <= test::kMaxMemory);
}

TEST_CASE("large layers: three destinations in parallel") {
  const TempDir directory;
  write_archive(directory, 4, large_size() / 4);
  CHECK(peak_of_three("docker-archive:" + (directory / "a.tar")) <= test::kMaxMemory);
  write_layout(directory, 16, large_size() / 16);
  CHECK(peak_of_three("oci:" + (directory / "img")) <= test::kMaxMemory);
}
