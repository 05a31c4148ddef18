// Small archives and layouts that would take hours or exhaust memory: entries that lead to the same
// documents many times. Without limits, each took more than ten minutes of processor time, past
// SIGINT and --timeout, or killed the process for lack of memory.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include <boost/filesystem.hpp>

#include "base/file_io.hpp"
#include "image/docker_archive_source.hpp"
#include "image/ready_source.hpp"
#include "support/requirements.hpp"
#include "unit/image/layout_fixture.hpp"

using namespace berth;
using base::Json;
using test::Files;
using test::Layout;
using test::TempDir;

namespace {

// In a debug build with sanitizers; far less than the attacks took without limits.
constexpr double kMaxSeconds = 60;

double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

class Stopwatch {
 public:
  ~Stopwatch() { CHECK(processor_seconds() - begin_ < kMaxSeconds); }

 private:
  double begin_ = processor_seconds();
};

using Opened = base::Result<std::unique_ptr<image::Source>>;

std::vector<oci::Platform> platforms_of(const std::string& text) {
  if (text.empty()) return {};
  return {oci::Platform::parse(text).value()};
}

// The code of the error; empty without an error.
std::string code_of(const Opened& opened) { return opened ? "" : opened.error().code(); }

std::string open_docker(const Files& files, const std::string& selector = "",
                        const std::string& platform = "") {
  const TempDir directory;
  const auto file = directory.write("a.tar", test::tar_of(files));
  const Stopwatch stopwatch;
  const auto index = image::TarIndex::read(
      std::make_shared<const platform::UniqueFd>(base::open_for_reading(file).value()), "a.tar");
  base::SilentLog log;
  return code_of(
      image::docker_archive_source(index.value(), selector, platforms_of(platform), log));
}

std::string open_layout(const Layout& layout, const std::string& selector = "",
                        const std::string& platform = "") {
  const Stopwatch stopwatch;
  return code_of(image::layout_source(image::directory_layout(layout.path()), selector,
                                      platforms_of(platform)));
}

std::string repeated(const std::string& item, std::size_t count) {
  std::string text = "[" + item;
  for (std::size_t i = 1; i < count; ++i) text += "," + item;
  return text + "]";
}

Json with_platform(Json entry) {
  entry.set("platform", Json::object({{"os", "linux"}, {"architecture", "amd64"}}));
  return entry;
}

const std::string kManifest(oci::media_type::kOciManifest);
const std::string kConfig(oci::media_type::kOciConfig);

// Spaces make JSON large at no cost.
std::string padded_config(std::size_t size) {
  return std::string(size, ' ') +
         R"({"os":"linux","architecture":"arm64","rootfs":{"type":"layers","diff_ids":[]}})";
}

// A manifest without layers; different ones for different `annotation`.
std::string manifest_text(const Json& config, std::size_t annotation) {
  return Json::object({{"schemaVersion", 2},
                       {"mediaType", kManifest},
                       {"config", config},
                       {"layers", Json::array()},
                       {"annotations", Json::object({{"n", std::to_string(annotation)}})}})
      .dump();
}

}  // namespace

TEST_CASE("archives: 300,000 entries in manifest.json") {
  CHECK(open_docker({{"manifest.json", repeated("{}", 300'000)}}) == "source.ambiguous");
  CHECK(open_docker({{"manifest.json", repeated("{}", 300'000)}}, "app:1") == "source.no-image");
}

TEST_CASE("archives: an entry with 150,000 names, selected by one") {
  Json names = Json::array();
  for (int i = 0; i < 150'000; ++i) names.push_back("a/b:" + std::to_string(i));
  const auto entry =
      Json::object({{"Config", "c.json"}, {"RepoTags", names}, {"Layers", Json::array()}});
  const auto other =
      Json::object({{"Config", "d.json"}, {"RepoTags", names}, {"Layers", Json::array()}});
  const auto list = Json::array({entry, other}).dump();
  REQUIRE(list.size() < oci::kManifestLimit);
  CHECK(open_docker({{"manifest.json", list}}, "a/b:149999") == "source.ambiguous");
  CHECK(open_docker({{"manifest.json", list}}, "a/b:x") == "source.no-image");
}

TEST_CASE("archives: many entries that repeat a long list of layers or share a large config") {
  const std::string layers = repeated("\"x\"", 300'000);
  std::string list = R"([{"Config":"c","Layers":)" + layers + "}";
  for (int i = 0; i < 20'000; ++i) list += R"(,{"Config":"c"})";
  CHECK(open_docker({{"manifest.json", list + "]"}}) == "source.ambiguous");

  const Files files{
      {"c", padded_config((std::size_t{4} << 20U) - 200)},
      {"manifest.json",
       repeated(R"({"Config":"c","Layers":["a"]},{"Config":"c","Layers":["b"]})", 30'000)}};
  CHECK(open_docker(files, "", "linux/amd64") == "source.ambiguous");
}

TEST_CASE("archives: the name of a layer with a million components") {
  std::string name;
  for (int i = 0; i < 1'000'000; ++i) name += "a/";
  const auto config = test::docker_archive({}).config;
  const auto list = Json::array({Json::object(
      {{"Config", name + "c"}, {"RepoTags", nullptr}, {"Layers", Json::array({name})}})});
  CHECK(open_docker({{"c.json", config}, {"a", "x"}, {"manifest.json", list.dump()}}) ==
        "source.missing");
}

TEST_CASE("archives: names that point outside of the archive create no file") {
  const TempDir directory;
  const auto archive = test::docker_archive({test::tar_of({{"file", "content"}})});
  Files files{{"../outside", "x"},
              {"../../" + directory.path() + "/absolute", "x"},
              {directory / "absolute", "x"}};
  for (const auto& file : archive.files()) files.push_back(file);
  files.emplace_back("a/../../outside", "x");
  const auto file = directory.write("in/a.tar", test::tar_of(files));
  const auto index = image::TarIndex::read(
      std::make_shared<const platform::UniqueFd>(base::open_for_reading(file).value()), "a.tar");
  base::SilentLog log;
  const auto source = image::docker_archive_source(index.value(), "", {}, log);
  REQUIRE_MESSAGE(source, source.error().cause());
  std::vector<std::string> names;
  for (boost::filesystem::recursive_directory_iterator it(directory.path()), end; it != end; ++it)
    names.push_back(it->path().filename().string());
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"a.tar", "in"});
  for (const auto& name : index->names(100)) CHECK(name.find("outside") == std::string::npos);
}

TEST_CASE("layouts: indexes that nest the same index many times, at each of four levels") {
  const TempDir directory;
  const Layout layout(directory, "layout");
  Json below = with_platform(layout.manifest({"content"}));
  for (int level = 0; level < 4; ++level) below = layout.index(Json::Array(3'000, below));
  layout.write_index({below});
  CHECK(open_layout(layout, "", "linux/amd64").empty());
  CHECK(open_layout(layout, "", "linux/s390x") == "source.no-platform");
}

TEST_CASE("layouts: 5,000 manifests with one config of 4 MiB") {
  const TempDir directory;
  const Layout layout(directory, "layout");
  const auto config = layout.blob(padded_config((std::size_t{4} << 20U) - 200), kConfig);
  Json::Array entries;
  for (std::size_t i = 0; i < 5'000; ++i)
    entries.push_back(layout.blob(manifest_text(config, i), kManifest));
  layout.write_index(entries);
  CHECK(open_layout(layout) == "source.ambiguous");
  layout.write_index({layout.index(entries)});
  CHECK(open_layout(layout, "", "linux/amd64") == "source.no-platform");
}

TEST_CASE("layouts: a chain of 5,000 attestations, each of the one before") {
  const TempDir directory;
  const Layout layout(directory, "layout");
  auto entry = with_platform(layout.manifest({"content"}));
  Json::Array entries{entry};
  const auto config = layout.blob("{}", kConfig);
  for (std::size_t i = 0; i < 5'000; ++i) {
    auto next = layout.blob(manifest_text(config, i), kManifest);
    next.set("platform", Json::object({{"os", "unknown"}, {"architecture", "unknown"}}));
    next.set("annotations",
             Json::object({{"vnd.docker.reference.digest", entry.string_or("digest", "")}}));
    entries.push_back(entry = std::move(next));
  }
  std::reverse(entries.begin(), entries.end());
  layout.write_index({layout.index(entries)});
  CHECK(open_layout(layout, "", "linux/amd64").empty());
}

TEST_CASE("archives: a store's index.json with 20,000 entries that lead to one index") {
  const std::string config = padded_config(100);
  const auto descriptor = [](const std::string& bytes, const std::string& type) {
    return Json::object({{"mediaType", type},
                         {"digest", test::sha256(bytes)},
                         {"size", std::uint64_t{bytes.size()}}});
  };
  const auto blob = [](const std::string& bytes) {
    return std::pair("blobs/sha256/" + test::sha256(bytes).substr(7), bytes);
  };
  const auto manifest = manifest_text(descriptor(config, kConfig), 0);
  const auto index_of = [](Json::Array entries) {
    return Json::object({{"schemaVersion", 2}, {"manifests", Json(std::move(entries))}}).dump();
  };
  const std::string index_type(oci::media_type::kOciIndex);
  const auto index = index_of(Json::Array(20'000, descriptor(manifest, kManifest)));
  const auto roots = index_of(Json::Array(20'000, descriptor(index, index_type)));
  const auto list = Json::array({Json::object({{"Config", blob(config).first},
                                               {"RepoTags", Json::array({"app:1"})},
                                               {"Layers", Json::array()}})});
  CHECK(open_docker({{"index.json", roots},
                     blob(index),
                     blob(manifest),
                     blob(config),
                     {"manifest.json", list.dump()}})
            .empty());
}
