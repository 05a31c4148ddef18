// docker save of image stores: an OCI layout next to manifest.json.
#include "field/archives/bench.hpp"

using namespace berth;
using base::Json;
using test::bench;
using test::mentions;

namespace {

constexpr const char* kManifest = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kIndex = "application/vnd.oci.image.index.v1+json";

// The files of a store, and descriptors of what was added.
class Store {
 public:
  Json blob(const std::string& bytes, const std::string& type, bool kept = true) {
    const auto digest = test::sha256(bytes);
    if (kept) files_.emplace_back("blobs/sha256/" + digest.substr(7), bytes);
    return Json::object({{"mediaType", type},
                         {"digest", digest},
                         {"size", static_cast<std::uint64_t>(bytes.size())}});
  }
  struct Image {
    Json manifest;
    std::string config;  // its file
    std::string layer;
  };
  // One layer; `variant` is only in the config. Not `kept`: only its descriptor exists.
  Image image(const std::string& architecture, const std::string& variant = "", bool kept = true) {
    const auto tar = test::tar_of({{"bin/" + architecture, std::string(5000, 'x')}});
    const auto config_text = fmt::format(
        R"({{"architecture":"{}","os":"linux"{},"rootfs":{{"type":"layers","diff_ids":["{}"]}}}})",
        architecture, variant.empty() ? "" : R"(,"variant":")" + variant + "\"", test::sha256(tar));
    const auto config = blob(config_text, "application/vnd.oci.image.config.v1+json", kept);
    const auto layer = blob(test::gzip(tar), "application/vnd.oci.image.layer.v1.tar+gzip", kept);
    const auto document = Json::object({{"schemaVersion", 2},
                                        {"mediaType", kManifest},
                                        {"config", config},
                                        {"layers", Json::array({layer})}});
    auto manifest = blob(document.dump(), kManifest, kept);
    manifest.set("platform", Json::object({{"architecture", architecture}, {"os", "linux"}}));
    return {manifest, file_of(config), file_of(layer)};
  }
  Json index(const Json::Array& manifests) {
    return blob(
        Json::object({{"schemaVersion", 2}, {"mediaType", kIndex}, {"manifests", Json(manifests)}})
            .dump(),
        kIndex);
  }
  // The archive; manifest.json describes `own`, index.json names `root`.
  std::string archive(Json root, const Image& own, const std::string& name) {
    root.set("annotations", Json::object({{"io.containerd.image.name", "docker.io/library/app:1"},
                                          {"org.opencontainers.image.ref.name", "1"}}));
    auto files = files_;
    files.emplace_back("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
    files.emplace_back(
        "index.json",
        Json::object({{"schemaVersion", 2}, {"manifests", Json::array({std::move(root)})}}).dump());
    files.emplace_back("manifest.json",
                       Json::array({Json::object({{"Config", own.config},
                                                  {"RepoTags", Json::array({"app:1"})},
                                                  {"Layers", Json::array({own.layer})}})})
                           .dump());
    return bench().directory.write(name, test::tar_of(files));
  }

 private:
  static std::string file_of(const Json& descriptor) {
    return "blobs/sha256/" + descriptor.string_or("digest", "").substr(7);
  }
  test::Files files_;
};

std::string digest_of(const Json& descriptor) { return descriptor.string_or("digest", ""); }

}  // namespace

TEST_CASE(
    "field: a store that has one platform of several (diffoci#247, moby#49473, docker/cli#5476)") {
  auto& b = bench();
  Store store;
  const auto own = store.image("amd64");
  const auto gone = store.image("s390x", "", false);
  const auto file = store.archive(store.index({own.manifest, gone.manifest}), own, "partial.tar");
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{}, std::vector<std::string>{"--platform", "linux/amd64"}}) {
    const auto pushed = b.push("docker-archive:" + file, options);
    b.check_pushed(pushed);
    CHECK(pushed.digest() == digest_of(own.manifest));
    // What is left out is reported, unless it was not asked for.
    CHECK(mentions(pushed.result.err, "linux/s390x") == options.empty());
  }
  const auto other = b.push("docker-archive:" + file, {"--platform", "linux/s390x"});
  b.check_refused(other, test::kNotFound);
  CHECK(mentions(other.error("cause"), "linux/amd64"));
}

TEST_CASE(
    "field: a store of an arm64 machine, whose index omits the variant (containers/image#1100)") {
  auto& b = bench();
  Store store;
  const auto own = store.image("arm64", "v8");
  const auto gone = store.image("amd64", "", false);
  const auto file = store.archive(store.index({gone.manifest, own.manifest}), own, "arm64.tar");
  const auto pushed = b.push("docker-archive:" + file);
  b.check_pushed(pushed);
  CHECK(pushed.digest() == digest_of(own.manifest));
  CHECK(b.push("docker-archive:" + file, {"--platform", "linux/arm64"}).digest() ==
        digest_of(own.manifest));
}

TEST_CASE(
    "field: a store that is whole is pushed unchanged, or reduced to the requested platforms "
    "(moby#44833)") {
  auto& b = bench();
  Store store;
  const auto amd64 = store.image("amd64");
  const auto arm64 = store.image("arm64", "v8");
  const auto index = store.index({amd64.manifest, arm64.manifest});
  const auto file = store.archive(index, amd64, "whole.tar");
  const auto all = b.push("docker-archive:" + file);
  b.check_pushed(all);
  CHECK(all.digest() == digest_of(index));
  CHECK(b.push("docker-archive:" + file, {"--platform", "linux/arm64"}).digest() ==
        digest_of(arm64.manifest));
  CHECK(b.push("docker-archive:" + file, {"--platform", "linux/amd64"}).digest() ==
        digest_of(amd64.manifest));
}

TEST_CASE("field: an OCI manifest without the layers of manifest.json is not used (moby#47065)") {
  auto& b = bench();
  Store store;
  const auto own = store.image("amd64");
  const auto config = store.blob("{}", "x");
  const auto hollow = store.blob(
      Json::object(
          {{"schemaVersion", 2},
           {"mediaType", kManifest},
           {"config", Json::object({{"mediaType", "application/vnd.oci.image.config.v1+json"},
                                    {"digest", "sha256:" + own.config.substr(13)},
                                    {"size", 1}})},
           {"layers", Json::array()}})
          .dump(),
      kManifest);
  const auto file = store.archive(hollow, own, "hollow.tar");
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{}, std::vector<std::string>{"--platform", "linux/amd64"}}) {
    const auto pushed = b.push("docker-archive:" + file, options);
    CHECK(b.stored(pushed).find("layers")->as_array()->size() == 1);
    CHECK(pushed.digest() != digest_of(hollow));
  }
}

TEST_CASE("field: archives with one image for each platform (apko#532, rke2#2732)") {
  auto& b = bench();
  test::Files files;
  std::string entries;
  std::vector<test::DockerArchive> images;
  for (const std::string architecture : {"amd64", "arm64"}) {
    auto& image = images.emplace_back(test::docker_archive({architecture}));
    image.config.replace(image.config.find("amd64"), 5, architecture);
    const auto config = "sha256:" + test::sha256(image.config).substr(7);
    files.emplace_back(config, image.config);
    files.emplace_back(architecture + ".tar.gz", test::gzip(image.layers[0]));
    entries += fmt::format(
        R"({0}{{"Config":"{1}","RepoTags":["app:latest-{2}"],"Layers":["{2}.tar.gz"]}})",
        entries.empty() ? "" : ",", config, architecture);
  }
  files.emplace_back("manifest.json", "[" + entries + "]");
  const auto source = "docker-archive:" + b.directory.write("apko.tar", test::tar_of(files));
  const auto both = b.push(source);
  b.check_refused(both, test::kUsage);
  CHECK(mentions(both.error("cause"), "app:latest-arm64"));
  b.check_stored(b.push(source + ":app:latest-arm64"), images[1].config, images[1].layers);
  b.check_stored(b.push(source, {"--platform", "linux/arm64"}), images[1].config, images[1].layers);
}
