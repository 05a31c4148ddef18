// Archives of all versions of `docker save`, and broken ones.
#include <doctest/doctest.h>

#include "base/file_io.hpp"
#include "base/json_parser.hpp"
#include "image/docker_archive_source.hpp"
#include "image/layout_fixture.hpp"
#include "image/layout_index.hpp"
#include "image/tar_builder.hpp"
#include "support/command.hpp"
#include "support/compress.hpp"

using namespace berth;
using base::Json;
using image::RawImage;
using image::ReadyImage;
using test::Files;
using test::Layout;
using test::TempDir;

namespace {

using Opened = base::Result<std::unique_ptr<image::Source>>;

Opened open_tar(const TempDir& directory, const std::string& tar, const std::string& selector = "",
                const std::vector<oci::Platform>& platforms = {}) {
  const auto file = directory.write("a.tar", tar);
  auto index = image::TarIndex::read(
      std::make_shared<const platform::UniqueFd>(base::open_for_reading(file).value()), "a.tar");
  if (!index) return std::move(index).error();
  base::SilentLog log;
  return image::docker_archive_source(*index, selector, platforms, log);
}

std::string code_of(const Opened& source) { return source ? "" : source.error().code(); }

void replace_file(Files& files, const std::string& name, const std::string& bytes) {
  for (auto& file : files)
    if (file.first == name) file.second = bytes;
}

std::string read_all(http::BodySource& body) {
  std::string all(1U << 20U, '\0');
  all.resize(body.read(std::as_writable_bytes(std::span(all))).value());
  return all;
}

// A layout and manifest.json in one directory, as docker 25 and later write them.
struct SavedByDocker25 {
  explicit SavedByDocker25(const TempDir& temp) : directory(temp), layout(temp, "saved") {}

  // Layers as the store has them, with the given `media_type`.
  void add(const std::string& media_type, bool compressed) {
    const std::string tar = test::tar_of({{"file", "bytes"}});
    const std::string stored = compressed ? test::gzip(tar) : tar;
    layer = layout.blob(stored, media_type);
    const auto config_text = fmt::format(
        R"({{"os":"linux","architecture":"amd64","rootfs":{{"type":"layers","diff_ids":["{}"]}}}})",
        test::sha256(tar));
    const auto config = layout.blob(config_text, std::string(oci::media_type::kOciConfig));
    const auto document = Json::object({{"schemaVersion", 2},
                                        {"mediaType", std::string(oci::media_type::kOciManifest)},
                                        {"config", config},
                                        {"layers", Json::array({layer})}});
    manifest = layout.blob(document.dump(), std::string(oci::media_type::kOciManifest));
    const auto blob_of = [](const Json& descriptor) {
      return "blobs/sha256/" + descriptor.string_or("digest", "").substr(7);
    };
    directory.write("saved/manifest.json",
                    Json::array({Json::object({{"Config", blob_of(config)},
                                               {"RepoTags", Json::array({"demo/app:1"})},
                                               {"Layers", Json::array({blob_of(layer)})}})})
                        .dump());
  }
  void name(Json root) const {
    root.set("annotations",
             Json::object({{std::string(image::kContainerdName), "docker.io/demo/app:1"},
                           {std::string(image::kRefName), "1"}}));
    layout.write_index({std::move(root)});
  }
  [[nodiscard]] Opened open() const {
    REQUIRE(test::run_command({"tar", "--create", "--file", directory / "saved.tar", "--directory",
                               layout.path(), "."})
                .status == 0);
    return open_tar(directory, test::slurp(directory / "saved.tar"), "demo/app:1");
  }

  const TempDir& directory;
  Layout layout;
  Json layer;
  Json manifest;
};

}  // namespace

TEST_CASE("docker archive: reads the old format, config and layers unchanged") {
  const TempDir directory;
  const auto archive = test::docker_archive({"one", "two"});
  const auto source = open_tar(directory, archive.tar()).value();
  const auto& image = std::get<RawImage>(source->contents());
  CHECK(image.config == archive.config);
  CHECK(image.config_digest.str() == test::sha256(archive.config));
  CHECK(image.platform == oci::Platform{"linux", "amd64", ""});
  REQUIRE(image.layers.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(image.layers[i].diff_id.str() == test::sha256(archive.layers[i]));
    CHECK(image.layers[i].size == archive.layers[i].size());
    CHECK_FALSE(image.layers[i].compression.has_value());
    CHECK(read_all(*source->open_layer(i).value()) == archive.layers[i]);
  }
}

TEST_CASE("docker archive: reads linked and gzipped layers") {
  const TempDir directory;
  auto archive = test::docker_archive({"one", "one"});
  auto files = archive.files();
  files.erase(files.begin() + 2);  // layer1/layer.tar
  const auto linked = test::tar_entries(files) +
                      test::tar_entry({"layer1/layer.tar", "", '2', "../layer0/layer.tar"}) +
                      test::end_of_tar();
  const auto source = open_tar(directory, linked).value();
  CHECK(read_all(*source->open_layer(1).value()) == archive.layers[1]);

  files = archive.files();
  replace_file(files, "layer0/layer.tar", test::gzip(archive.layers[0]));
  const auto gzipped = open_tar(directory, test::tar_of(files)).value();
  CHECK(std::get<RawImage>(gzipped->contents()).layers[0].compression == image::Compression::gzip);
}

TEST_CASE("docker archive: selects one of several images by any spelling of its name") {
  const TempDir directory;
  Files files;
  std::string entries;
  const auto add = [&](const std::string& content, const char* names) {
    const auto archive = test::docker_archive({content});
    const std::string config = archive.files()[0].first;
    files.emplace_back(config, archive.config);
    files.emplace_back(content + "/layer.tar", archive.layers[0]);
    entries += fmt::format(R"({}{{"Config":"{}","RepoTags":{},"Layers":["{}/layer.tar"]}})",
                           entries.empty() ? "" : ",", config, names, content);
  };
  const auto tar = [&] {
    auto all = files;
    all.emplace_back("manifest.json", "[" + entries + "]");
    return test::tar_of(all);
  };
  add("one", R"(["busybox:latest","app:1"])");
  add("one", R"(["app:1","again:1"])");
  CHECK(code_of(open_tar(directory, tar())).empty());
  CHECK(code_of(open_tar(directory, tar(), "again:1")).empty());
  add("two", "null");
  add("three", R"(["ghcr.io/acme/app:latest"])");
  for (const char* name :
       {"busybox:latest", "busybox", "docker.io/library/busybox", "app:1", "again:1", "@1", "@2",
        "@3", "ghcr.io/acme/app:latest", "ghcr.io/acme/app"}) {
    CAPTURE(name);
    CHECK(code_of(open_tar(directory, tar(), name)).empty());
  }
  CHECK(code_of(open_tar(directory, tar())) == "source.ambiguous");
  const auto none = open_tar(directory, tar(), "app:2");
  CHECK(none.error().code() == "source.no-image");
  for (const char* name : {"busybox:latest", "app:1", "again:1", "@2", "ghcr.io/acme/app:latest"}) {
    CAPTURE(name);
    CHECK(none.error().cause().find(name) != std::string::npos);
  }
}

TEST_CASE("docker archive: an entry of another image does not stop the push") {
  const TempDir directory;
  const auto archive = test::docker_archive({"one"});
  auto files = archive.files();
  const std::string own = files[2].second.substr(1, files[2].second.size() - 2);
  for (const char* other : {R"({"Config":"","RepoTags":["b:1"]})",
                            R"({"Config":"x","RepoTags":7,"Layers":{}})", "null"}) {
    CAPTURE(other);
    replace_file(files, "manifest.json", "[" + std::string(other) + "," + own + "]");
    CHECK(code_of(open_tar(directory, test::tar_of(files), "demo/app:1")).empty());
  }
}

TEST_CASE("docker archive: rejects inconsistent and incomplete archives") {
  const TempDir directory;
  const auto archive = test::docker_archive({"one", "two"});
  const std::string config = archive.files()[0].first;
  const auto with = [&](const std::string& name, const std::string& bytes) {
    auto files = archive.files();
    replace_file(files, name, bytes);
    return code_of(open_tar(directory, test::tar_of(files)));
  };
  CHECK(with(config, archive.config + " ") == "source.config");
  CHECK(with("manifest.json", "{") == "source.archive");
  CHECK(with("manifest.json", "{}") == "source.archive");
  CHECK(with("manifest.json", "[]") == "source.empty");
  CHECK(with("manifest.json", "[null]") == "source.archive");
  CHECK(with("manifest.json", R"([{"Config":"","Layers":[]}])") == "source.archive");
  CHECK(with("manifest.json", R"([{"Config":"x.json","Layers":[]}])") == "source.missing");
  CHECK(with("manifest.json", R"([{"Config":"x.json","Layers":"a"}])") == "source.archive");
  CHECK(with("manifest.json", R"([{"Config":"x.json","Layers":[1]}])") == "source.archive");
  const auto layers = [&](const std::string& list) {
    return with("manifest.json", fmt::format(R"([{{"Config":"{}","Layers":[{}]}}])", config, list));
  };
  CHECK(layers(R"("layer0/layer.tar")") == "source.archive");  // one of two
  CHECK(layers(R"("layer0/layer.tar","nothing")") == "source.missing");
  CHECK(layers(R"("layer0/layer.tar","../../etc/passwd")") == "source.missing");
  CHECK(code_of(open_tar(directory, test::tar_of({{"a", "b"}}))) == "source.missing");
  CHECK(code_of(open_tar(directory, archive.tar(), "", {{"linux", "arm64", ""}})) ==
        "source.no-platform");
  CHECK(code_of(open_tar(directory, archive.tar(), "", {{"linux", "amd64", ""}})).empty());
}

TEST_CASE("docker archive: rejects invalid diff IDs, and accepts an image without layers") {
  const TempDir directory;
  const auto bad = test::tar_of({{"manifest.json", R"([{"Config":"c","Layers":["l"]}])"},
                                 {"c", R"({"rootfs":{"diff_ids":["md5:1"]}})"},
                                 {"l", "x"}});
  CHECK(code_of(open_tar(directory, bad)) == "config.invalid");
  const auto none = test::tar_of({{"manifest.json", R"([{"Config":"c"}])"}, {"c", "{}"}});
  CHECK(std::get<RawImage>((*open_tar(directory, none))->contents()).layers.empty());
}

TEST_CASE("docker archive: uploads an accompanying compressed OCI image byte for byte") {
  const TempDir directory;
  SavedByDocker25 saved(directory);
  saved.add(std::string(oci::media_type::kOciLayerGzip), true);
  saved.name(saved.manifest);
  const auto source = saved.open().value();
  const auto& image = std::get<ReadyImage>(source->contents());
  CHECK(image.manifests.back().digest.str() == saved.manifest.string_or("digest", ""));
}

TEST_CASE("docker archive: attestations next to the layers do not change the result") {
  const TempDir directory;
  SavedByDocker25 saved(directory);
  saved.add(std::string(oci::media_type::kOciLayerGzip), true);
  const auto proof =
      saved.layout.manifest_of({saved.layout.blob("{}", "application/vnd.in-toto+json")},
                               oci::Platform{"unknown", "unknown", ""});
  const auto root = saved.layout.index({saved.manifest, proof});
  saved.name(root);
  const auto source = saved.open().value();
  REQUIRE(std::holds_alternative<ReadyImage>(source->contents()));
  CHECK(std::get<ReadyImage>(source->contents()).manifests.back().digest.str() ==
        root.string_or("digest", ""));
}

TEST_CASE("docker archive: reduces an index to the platforms that the store has") {
  const TempDir directory;
  SavedByDocker25 saved(directory);
  saved.add(std::string(oci::media_type::kOciLayerGzip), true);
  auto own = saved.manifest;
  own.set("platform", Json::object({{"os", "linux"}, {"architecture", "amd64"}}));
  const auto other = saved.layout.manifest({"arm"}, oci::Platform{"linux", "arm64", "v8"});
  saved.name(saved.layout.index({own, other}));
  const auto layer = saved.layout.blob(test::gzip("arm"), "x").string_or("digest", "");
  for (const auto& lost : {layer, other.string_or("digest", "")}) {
    boost::filesystem::remove(saved.layout.blob_path(lost));
    const auto source = saved.open().value();
    const auto& image = std::get<ReadyImage>(source->contents());
    REQUIRE(image.manifests.size() == 1);
    CHECK(image.manifests[0].digest.str() == saved.manifest.string_or("digest", ""));
  }
}

TEST_CASE("docker archive: compresses an accompanying OCI image with plain tar layers") {
  const TempDir directory;
  SavedByDocker25 saved(directory);
  saved.add(std::string(oci::media_type::kOciLayer), false);
  saved.name(saved.manifest);
  const auto source = saved.open().value();
  REQUIRE(std::holds_alternative<RawImage>(source->contents()));
  CHECK_FALSE(std::get<RawImage>(source->contents()).layers[0].compression.has_value());
}

TEST_CASE(
    "docker archive: an OCI index next to manifest.json that is broken or another image's is not "
    "used") {
  const TempDir directory;
  SavedByDocker25 saved(directory);
  saved.add(std::string(oci::media_type::kOciLayerGzip), true);
  const auto is_raw = [&] {
    const auto source = saved.open();
    REQUIRE(source.has_value());
    return std::holds_alternative<RawImage>((*source)->contents());
  };
  directory.write("saved/index.json", "{");
  CHECK(is_raw());
  saved.layout.write_index({saved.layout.manifest({"x"}), saved.layout.manifest({"y"})});
  CHECK(is_raw());
  saved.name(saved.manifest);
  CHECK_FALSE(is_raw());
  // If it agrees with manifest.json, it needs no valid oci-layout.
  directory.write("saved/oci-layout", "{}");
  CHECK_FALSE(is_raw());
}

TEST_CASE("docker archive: an OCI manifest that does not agree with manifest.json is not used") {
  const TempDir directory;
  SavedByDocker25 saved(directory);
  saved.add(std::string(oci::media_type::kOciLayerGzip), true);
  const auto manifest_with = [&](Json layers, const std::string& config_text) {
    const auto config = saved.layout.blob(config_text, std::string(oci::media_type::kOciConfig));
    const auto document = Json::object({{"schemaVersion", 2},
                                        {"mediaType", std::string(oci::media_type::kOciManifest)},
                                        {"config", config},
                                        {"layers", std::move(layers)}});
    return saved.layout.blob(document.dump(), std::string(oci::media_type::kOciManifest));
  };
  const auto config_digest = *base::parse_json(test::slurp(directory / "saved/manifest.json"), "it")
                                  ->as_array()
                                  ->front()
                                  .find("Config")
                                  ->as_string();
  const auto config = test::slurp(directory / ("saved/" + config_digest));
  const auto other_layer =
      saved.layout.blob(test::gzip("other"), std::string(oci::media_type::kOciLayerGzip));
  auto mislabelled = saved.layer;
  mislabelled.set("mediaType", std::string(oci::media_type::kOciLayerZstd));
  struct {
    const char* what;
    Json manifest;
  } const cases[] = {
      {"no layers (moby#47065)", manifest_with(Json::array(), config)},
      {"one layer too many", manifest_with(Json::array({saved.layer, other_layer}), config)},
      {"another layer", manifest_with(Json::array({other_layer}), config)},
      {"another config", manifest_with(Json::array({saved.layer}), config + " ")},
      {"a layer in another format than its media type",
       manifest_with(Json::array({mislabelled}), config)},
      {"no manifest at all", saved.layout.blob("{", std::string(oci::media_type::kOciManifest))},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    saved.name(one.manifest);
    const auto source = saved.open();
    REQUIRE(source.has_value());
    REQUIRE(std::holds_alternative<RawImage>((*source)->contents()));
    CHECK(std::get<RawImage>((*source)->contents()).layers.size() == 1);
    // Next to the right one it has no effect.
    saved.layout.write_index({one.manifest, saved.manifest});
    const auto chosen = saved.open();
    REQUIRE(chosen.has_value());
    REQUIRE(std::holds_alternative<ReadyImage>((*chosen)->contents()));
    CHECK(std::get<ReadyImage>((*chosen)->contents()).manifests.back().digest.str() ==
          saved.manifest.string_or("digest", ""));
  }
}

TEST_CASE(
    "docker archive: an index whose other manifest is faulty is not sent, the image's own manifest "
    "is") {
  const TempDir directory;
  SavedByDocker25 saved(directory);
  saved.add(std::string(oci::media_type::kOciLayerGzip), true);
  auto own = saved.manifest;
  own.set("platform", Json::object({{"os", "linux"}, {"architecture", "amd64"}}));
  const auto other = saved.layout.manifest(
      {"arm"}, oci::Platform{"linux", "arm64", ""});  // its config has no diff IDs
  saved.name(saved.layout.index({own, other}));
  const auto source = saved.open().value();
  const auto& image = std::get<ReadyImage>(source->contents());
  REQUIRE(image.manifests.size() == 1);
  CHECK(image.manifests[0].digest.str() == saved.manifest.string_or("digest", ""));
}

TEST_CASE("docker archive: selects among images of one name by platform") {
  const TempDir directory;
  Files files;
  std::string entries;
  for (const std::string architecture : {"amd64", "arm64"}) {
    auto archive = test::docker_archive({architecture});
    archive.config.replace(archive.config.find("amd64"), 5, architecture);
    files.emplace_back(architecture + ".json", archive.config);
    files.emplace_back(architecture + "/layer.tar", archive.layers[0]);
    entries += fmt::format(
        R"({0}{{"Config":"{1}.json","RepoTags":["demo/app:1"],"Layers":["{1}/layer.tar"]}})",
        entries.empty() ? "" : ",", architecture);
  }
  files.emplace_back("manifest.json", "[" + entries + "]");
  const auto tar = test::tar_of(files);
  for (const char* selector : {"", "demo/app:1"}) {
    for (const char* architecture : {"amd64", "arm64"}) {
      CAPTURE(architecture);
      const auto source = open_tar(directory, tar, selector, {{"linux", architecture, ""}});
      REQUIRE(source.has_value());
      CHECK(std::get<RawImage>((*source)->contents()).platform.architecture == architecture);
    }
  }
  CHECK(code_of(open_tar(directory, tar)) == "source.ambiguous");
  CHECK_FALSE(code_of(open_tar(directory, tar, "", {{"linux", "s390x", ""}})).empty());
}

TEST_CASE("docker archive: accepts every manifest.json and config that docker load accepts") {
  const TempDir directory;
  const auto archive = test::docker_archive({"one"});
  const auto opens = [&](const std::string& config_name, const std::string& config,
                         const std::string& manifest) {
    return code_of(open_tar(directory, test::tar_of({{config_name, config},
                                                     {"l/layer.tar", archive.layers[0]},
                                                     {"manifest.json", manifest}})));
  };
  const std::string manifest = R"([{"Config":"c.json","Layers":["l/layer.tar"]}])";
  CHECK(opens("c.json", archive.config, manifest).empty());
  CHECK(opens("c.json", archive.config,
              R"([{"config":"c.json","repotags":null,"layers":["l/layer.tar"]}])")
            .empty());
  CHECK(opens("c.json", archive.config,
              R"([{"Config":"./c.json","Layers":["l\\layer.tar"],"Parent":"","LayerSources":{}}])")
            .empty());
  CHECK(opens("c.json", archive.config,
              "[{\"Config\":\"c.json\",\"RepoTags\":[\"\xff\"],\"Layers\":[\"l/layer.tar\"]}]")
            .empty());
  const auto name = "sha256:" + test::sha256(archive.config).substr(7);  // kaniko, crane, ko
  CHECK(opens(name, archive.config, "[{\"Config\":\"" + name + "\",\"Layers\":[\"l/layer.tar\"]}]")
            .empty());
  CHECK(opens(name, archive.config + " ",
              "[{\"Config\":\"" + name + "\",\"Layers\":[\"l/layer.tar\"]}]") == "source.config");
  CHECK(opens("c.json", archive.config, "null") == "source.empty");

  const auto with = [&](const std::string& member) {
    return opens("c.json", "{" + member + "," + archive.config.substr(1), manifest);
  };
  CHECK(with("\"comment\":\"\xff\xfe\"").empty());
  CHECK(with(R"("x":1,"x":2,"os":"windows")").empty());
  CHECK(with(R"("x":"\ud800","n":1e999)").empty());
  CHECK(with("\"deep\":" + std::string(50'000, '[') + std::string(50'000, ']')).empty());
  CHECK(with(R"("rootfs":{"diff_ids":[]})") == "config.invalid");
  CHECK(with(R"("x":)") == "config.invalid");
}

TEST_CASE("docker archive: reads every supported layer compression and reports others") {
  const TempDir directory;
  const auto archive = test::docker_archive({"one"});
  const auto open_with = [&](const std::string& layer) {
    auto files = archive.files();
    replace_file(files, "layer0/layer.tar", layer);
    return open_tar(directory, test::tar_of(files));
  };
  const std::pair<std::string, image::Compression> packed[] = {
      {test::zstd(archive.layers[0]), image::Compression::zstd},
      {test::xz(archive.layers[0]), image::Compression::xz},
      {test::bzip2(archive.layers[0]), image::Compression::bzip2}};
  for (const auto& one : packed) {
    const auto source = open_with(one.first);
    REQUIRE(source.has_value());
    CHECK(std::get<RawImage>((*source)->contents()).layers[0].compression == one.second);
  }
  const auto lz4 = open_with(std::string("\x04\x22\x4d\x18", 4) + "x");
  REQUIRE_FALSE(lz4.has_value());
  CHECK(lz4.error().code() == "source.compression");
  CHECK(lz4.error().error_class() == base::ErrorClass::usage);
  CHECK(lz4.error().fix().find("lz4 -dc") != std::string::npos);
}
