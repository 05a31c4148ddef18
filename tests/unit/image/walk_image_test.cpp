// The manifests and blobs of an image, and the selection by `--platform`.
#include "image/walk_image.hpp"

#include <doctest/doctest.h>

#include "image/layout_fixture.hpp"
#include "image/ready_source.hpp"

using namespace berth;
using base::Json;
using image::ReadyImage;
using test::Layout;
using test::TempDir;

namespace {

const std::string kOciManifest(oci::media_type::kOciManifest);
const std::string kOciIndex(oci::media_type::kOciIndex);

base::Result<std::unique_ptr<image::Source>> open_layout(
    const Layout& layout, const std::vector<std::string>& platforms = {},
    const std::string& selector = "") {
  std::vector<oci::Platform> parsed;
  for (const auto& text : platforms) parsed.push_back(oci::Platform::parse(text).value());
  return image::layout_source(image::directory_layout(layout.path()), selector, parsed);
}

ReadyImage image_of(const Layout& layout, const std::vector<std::string>& platforms = {}) {
  return std::get<ReadyImage>(open_layout(layout, platforms).value()->contents());
}

std::string walk_code(const Layout& layout, const std::vector<std::string>& platforms = {}) {
  const auto source = open_layout(layout, platforms);
  return source ? "" : source.error().code();
}

std::string digest_of(const Json& descriptor) { return descriptor.string_or("digest", ""); }

std::string root_of(const ReadyImage& image) { return image.manifests.back().digest.str(); }

// The digests that the pushed index lists.
std::vector<std::string> entries_of(const ReadyImage& image) {
  std::vector<std::string> digests;
  const auto index =
      oci::parse_index(image.manifests.back().bytes, image.manifests.back().media_type).value();
  for (const auto& entry : index.manifests) digests.push_back(entry.digest.str());
  return digests;
}

// A manifest whose config names a platform, and whose descriptor names none.
Json image_for(const Layout& layout, const std::string& config, const std::string& content) {
  const auto config_blob = layout.blob(config, std::string(oci::media_type::kOciConfig));
  const auto layer = layout.blob(test::gzip(content), std::string(oci::media_type::kOciLayerGzip));
  const auto document = Json::object({{"schemaVersion", 2},
                                      {"mediaType", kOciManifest},
                                      {"config", config_blob},
                                      {"layers", Json::array({layer})}});
  return layout.blob(document.dump(), kOciManifest);
}

Json with_platform(Json entry, const std::string& os, const std::string& architecture,
                   const std::string& variant = "") {
  auto platform = Json::object({{"os", os}, {"architecture", architecture}});
  if (!variant.empty()) platform.set("variant", variant);
  entry.set("platform", std::move(platform));
  return entry;
}

Json attestation_of(const Layout& layout, const Json& image) {
  auto entry = with_platform(layout.manifest({"about " + digest_of(image)}), "unknown", "unknown");
  entry.set("annotations", Json::object({{"vnd.docker.reference.digest", digest_of(image)},
                                         {"vnd.docker.reference.type", "attestation-manifest"}}));
  return entry;
}

void remove(const Layout& layout, const Json& descriptor) {
  boost::filesystem::remove(layout.blob_path(digest_of(descriptor)));
}

// Two images, and an attestation of each.
struct Attested {
  explicit Attested(const Layout& layout)
      : amd64(with_platform(layout.manifest({"amd64"}), "linux", "amd64")),
        arm64(with_platform(layout.manifest({"arm64"}), "linux", "arm64", "v8")),
        s390x(with_platform(layout.manifest({"s390x"}), "linux", "s390x")),
        about_amd64(attestation_of(layout, amd64)),
        about_arm64(attestation_of(layout, arm64)),
        about_s390x(attestation_of(layout, s390x)) {
    layout.write_index(
        {layout.index({amd64, arm64, s390x, about_amd64, about_arm64, about_s390x})});
  }
  Json amd64, arm64, s390x, about_amd64, about_arm64, about_s390x;
};

}  // namespace

TEST_CASE("walk: entries of an index may be of any type (containers/image#2210)") {
  const TempDir directory;
  const Layout layout(directory, "cache");
  const auto layer = layout.blob(test::gzip("cached"), std::string(oci::media_type::kOciLayerGzip));
  const auto config = layout.blob("{}", "application/vnd.buildkit.cacheconfig.v0");
  const auto root = layout.index({layer, config});
  layout.write_index({root});
  const auto image = image_of(layout);
  REQUIRE(image.manifests.size() == 1);
  CHECK(root_of(image) == digest_of(root));
  REQUIRE(image.blobs.size() == 2);
  for (const auto& blob : image.blobs) CHECK(blob.kind == image::BlobKind::other);
  CHECK(walk_code(layout, {"linux/amd64"}) == "source.no-platform");
}

TEST_CASE("walk: entries without a media type are what their content is") {
  const TempDir directory;
  const Layout layout(directory, "img");
  auto manifest = layout.manifest({"a"});
  auto nested = layout.index({layout.manifest({"b"})});
  auto blob = layout.blob("not JSON", "");
  for (auto* entry : {&manifest, &nested, &blob}) entry->erase("mediaType");
  layout.write_index({layout.index({manifest, nested, blob})});
  const auto image = image_of(layout);
  CHECK(image.manifests.size() == 4);
  CHECK(image.blobs.back().kind == image::BlobKind::other);
}

TEST_CASE("walk: artifacts, and configs of any media type") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto blob = layout.blob("sbom", "application/spdx+json");
  const auto config = layout.blob("not even JSON", "application/vnd.example.config");
  const auto artifact =
      layout.blob(Json::object({{"mediaType", std::string(oci::media_type::kOciArtifact)},
                                {"blobs", Json::array({blob})}})
                      .dump(),
                  std::string(oci::media_type::kOciArtifact));
  const auto chart = layout.blob(
      Json::object({{"schemaVersion", 2}, {"config", config}, {"layers", Json()}}).dump(),
      kOciManifest);
  layout.write_index({layout.index({artifact, chart})});
  const auto image = image_of(layout);
  CHECK(image.manifests.size() == 3);
  CHECK(image.manifests[0].media_type == oci::media_type::kOciArtifact);
  CHECK(image.blobs.size() == 2);
}

TEST_CASE(
    "walk: content that a descriptor carries itself does not have to be a blob "
    "(debuerreotype#151)") {
  const TempDir directory;
  const Layout layout(directory, "img");
  auto config = layout.blob(R"({"os":"linux","architecture":"riscv64"})",
                            std::string(oci::media_type::kOciConfig));
  config.set("data", "eyJvcyI6ImxpbnV4IiwiYXJjaGl0ZWN0dXJlIjoicmlzY3Y2NCJ9");
  remove(layout, config);
  auto empty = Json::object({{"mediaType", "application/vnd.oci.empty.v1+json"},
                             {"digest", test::sha256("{}")},
                             {"size", 2}});
  const auto manifest = layout.blob(
      Json::object({{"schemaVersion", 2}, {"config", config}, {"layers", Json::array({empty})}})
          .dump(),
      kOciManifest);
  layout.write_index({layout.index({manifest})});
  const auto source = open_layout(layout).value();
  const auto& image = std::get<ReadyImage>(source->contents());
  REQUIRE(image.blobs.size() == 2);
  for (const auto& blob : image.blobs) CHECK(source->check_blob(blob.descriptor).has_value());
  CHECK(walk_code(layout, {"linux/riscv64"}).empty());
}

TEST_CASE(
    "walk: a document is stored under the digest that its index names, whatever the algorithm "
    "(skopeo#2747)") {
  const TempDir directory;
  const Layout layout(directory, "img");
  auto entry = layout.manifest({"a"});
  const auto bytes = test::slurp(layout.blob_path(digest_of(entry)));
  const auto sha512 = oci::digest_of(bytes, oci::Algorithm::sha512);
  directory.write("img/blobs/sha512/" + std::string(sha512.hex()), bytes);
  entry.set("digest", sha512.str());
  const auto index = layout.index({entry});
  layout.write_index({index});
  const auto image = image_of(layout);
  CHECK(image.manifests.front().digest == sha512);
  CHECK(root_of(image) == digest_of(index));
  // As a root, it has the digest that every registry supports.
  CHECK(root_of(image_of(layout, {"linux/amd64"})) == sha512.str());
  layout.write_index({entry});
  CHECK(root_of(image_of(layout)) == test::sha256(bytes));
}

TEST_CASE("walk: rejects a descriptor that contradicts the media types") {
  const TempDir directory;
  const Layout layout(directory, "img");
  auto entry = layout.manifest({"a"});
  entry.set("mediaType", std::string(oci::media_type::kDockerManifest));
  layout.write_index({entry});
  CHECK(image_of(layout).manifests.back().media_type == kOciManifest);  // that of the document
  entry.set("mediaType", "application/vnd.example.unknown");
  layout.write_index({entry});
  CHECK(walk_code(layout).empty());
  layout.write_index({layout.blob("text", "text/plain")});
  CHECK(walk_code(layout) == "source.not-an-image");
  CHECK(open_layout(layout).error().error_class() == base::ErrorClass::validation);
}

TEST_CASE("walk: Docker schema 1 is named, and is not damage (skopeo#959)") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto old = layout.blob(R"({"schemaVersion":1,"name":"a","fsLayers":[],"history":[]})",
                               "application/vnd.docker.distribution.manifest.v1+prettyjws");
  layout.write_index({old});
  CHECK(walk_code(layout) == "manifest.schema1");
  layout.write_index({layout.index({layout.manifest({"a"}), old})});
  CHECK(walk_code(layout) == "manifest.schema1");
  CHECK(open_layout(layout).error().error_class() == base::ErrorClass::validation);
  CHECK(open_layout(layout).error().fix().find("v2s2") != std::string::npos);
}

TEST_CASE("walk: foreign layers stay elsewhere, and it is reported (go-containerregistry#741)") {
  const TempDir directory;
  const Layout layout(directory, "img");
  auto foreign =
      layout.blob("windows", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");
  foreign.set("urls", Json::array({"https://mcr.example/v2/windows/blobs/1"}));
  auto no_urls =
      layout.blob("no urls", "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip");
  auto with_urls = layout.blob("urls", std::string(oci::media_type::kOciLayerGzip));
  with_urls.set("urls", Json::array({"https://other.example/1"}));
  const auto blobs_with = [&](const Json& layer) {
    layout.write_index({layout.manifest_of({layer})});
    return image_of(layout);
  };
  auto image = blobs_with(foreign);
  CHECK(image.blobs.size() == 1);
  REQUIRE(image.notices.size() == 1);
  CHECK(image.notices[0].code == "source.foreign-layer");
  CHECK(image.notices[0].message.find("1 foreign layer is not uploaded") == 0);
  CHECK(image.notices[0].message.find("mcr.example") != std::string::npos);
  CHECK_FALSE(image.notices[0].is_warning);

  // A layer with only the media type, or only urls, is uploaded if it exists.
  for (const auto& layer : {no_urls, with_urls}) {
    image = blobs_with(layer);
    CHECK(image.blobs.size() == 2);
    CHECK(image.notices.empty());
    remove(layout, layer);
    image = blobs_with(layer);
    CHECK(image.blobs.size() == 1);
    REQUIRE(image.notices.size() == 1);
    CHECK(image.notices[0].is_warning == (digest_of(layer) == digest_of(no_urls)));
  }
}

TEST_CASE("platforms: one normal form in requests, indexes and configs (containers/image#898)") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto arm64 = with_platform(layout.manifest({"arm64"}), "linux", "arm64");
  const auto amd64 = with_platform(layout.manifest({"amd64"}), "Linux", "x86_64");
  const auto v7 = image_for(layout, R"({"os":"linux","architecture":"arm","variant":"7"})", "v7");
  const auto v6 = image_for(layout, R"({"os":"linux","architecture":"armel"})", "v6");
  layout.write_index({layout.index({arm64, amd64, v7, v6})});
  const std::pair<const char*, const Json*> rows[] = {
      {"linux/arm64/v8", &arm64}, {"linux/arm64", &arm64},    {"linux/aarch64", &arm64},
      {"linux/amd64", &amd64},    {"linux/amd64/v1", &amd64}, {"linux/x86_64", &amd64},
      {"linux/arm", &v7},         {"linux/arm/v7", &v7},      {"linux/armhf", &v7},
      {"linux/arm/v6", &v6},      {"LINUX/ARM64/V8", &arm64},
  };
  for (const auto& [captured, expected] : rows) {
    const auto platform = captured;
    CAPTURE(platform);
    CHECK(root_of(image_of(layout, {platform})) == digest_of(*expected));
  }
  for (const char* absent : {"linux/arm/v8", "linux/arm64/v9", "linux/amd64/v2", "windows/amd64"}) {
    CAPTURE(absent);
    CHECK(walk_code(layout, {absent}) == "source.no-platform");
  }
  CHECK(open_layout(layout, {"linux/arm/v8"}).error().cause() ==
        "available: linux/arm64, linux/amd64, linux/arm/v7, linux/arm/v6");
  CHECK(open_layout(layout, {"linux/arn64"}).error().fix() ==
        "did you mean --platform linux/arm64?");
}

TEST_CASE("platforms: an entry with an empty or a partial platform has that of its config") {
  const TempDir directory;
  const Layout layout(directory, "img");
  auto entry = image_for(layout, R"({"os":"linux","architecture":"arm64","variant":"v8"})", "a");
  const auto other = with_platform(layout.manifest({"b"}), "linux", "s390x");
  for (const auto& platform : {Json(), Json::object(), Json::object({{"os", "linux"}}),
                               Json::object({{"os", ""}, {"architecture", ""}})}) {
    entry.set("platform", platform);
    layout.write_index({layout.index({other, entry})});
    CHECK(root_of(image_of(layout, {"linux/arm64"})) == digest_of(entry));
  }
}

TEST_CASE("platforms: only what is needed of a config is read") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const std::string platform = R"("os":"linux","architecture":"arm64")";
  for (const std::string& config :
       {"{" + platform + R"(,"author":")" + "\xff\xfe" + R"("})",
        "{" + platform + R"(,"a":1,"a":2})",
        "{" + platform + R"(,"deep":)" + std::string(500, '[') + std::string(500, ']') + "}"}) {
    const auto entry = image_for(layout, config, "a");
    layout.write_index({layout.index({entry})});
    CHECK(root_of(image_of(layout, {"linux/arm64"})) == digest_of(entry));
    layout.write_index({entry});
    CHECK(root_of(image_of(layout, {"linux/arm64/v8"})) == digest_of(entry));
  }
}

TEST_CASE("platforms: attestations follow their image (docker/buildx#3430)") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const Attested all(layout);
  const auto two = image_of(layout, {"linux/amd64", "linux/arm64"});
  CHECK(entries_of(two) == std::vector{digest_of(all.amd64), digest_of(all.arm64),
                                       digest_of(all.about_amd64), digest_of(all.about_arm64)});
  CHECK(two.notices.empty());
  const auto one = image_of(layout, {"linux/amd64"});
  CHECK(root_of(one) == digest_of(all.amd64));
  REQUIRE(one.notices.size() == 1);
  CHECK(one.notices[0].code == "source.attestations");
  CHECK(one.notices[0].is_warning);
  const auto everything = image_of(layout, {"linux/amd64", "linux/arm64", "linux/s390x"});
  CHECK(everything.manifests.size() == 7);
  CHECK(root_of(everything) == root_of(image_of(layout)));
}

TEST_CASE(
    "platforms: artifacts with a subject follow it, and what refers to them follows as well") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto amd64 = with_platform(layout.manifest({"amd64"}), "linux", "amd64");
  const auto arm64 = with_platform(layout.manifest({"arm64"}), "linux", "arm64");
  const auto s390x = with_platform(layout.manifest({"s390x"}), "linux", "s390x");
  const auto refers_to = [&](const Json& subject) {
    const auto config = layout.blob("{}", "application/vnd.oci.empty.v1+json");
    return layout.blob(Json::object({{"schemaVersion", 2},
                                     {"config", config},
                                     {"layers", Json::array()},
                                     {"subject", subject},
                                     {"artifactType", "application/spdx+json"}})
                           .dump(),
                       kOciManifest);
  };
  const auto sbom = refers_to(amd64);
  const auto signature = refers_to(sbom);
  const auto other = refers_to(s390x);
  layout.write_index({layout.index({signature, sbom, other, amd64, arm64, s390x})});
  CHECK(entries_of(image_of(layout, {"linux/amd64", "linux/arm64"})) ==
        std::vector{digest_of(signature), digest_of(sbom), digest_of(amd64), digest_of(arm64)});
}

TEST_CASE("platforms: nested indexes are searched, and reduced (container-libs#211)") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto amd64 = with_platform(layout.manifest({"amd64"}), "linux", "amd64");
  const auto arm64 = with_platform(layout.manifest({"arm64"}), "linux", "arm64");
  const auto s390x = with_platform(layout.manifest({"s390x"}), "linux", "s390x");
  const auto root = layout.index({layout.index({amd64, s390x}), layout.index({arm64})});
  layout.write_index({root});
  CHECK(root_of(image_of(layout, {"linux/arm64"})) == digest_of(arm64));
  const auto two = image_of(layout, {"linux/amd64", "linux/arm64"});
  REQUIRE(two.manifests.size() == 5);
  const auto entries = entries_of(two);
  REQUIRE(entries.size() == 2);
  CHECK(entries[0] == two.manifests[1].digest.str());  // the reduced one
  CHECK(entries[1] == digest_of(layout.index({arm64})));
  const auto reduced = oci::parse_index(two.manifests[1].bytes, kOciIndex).value();
  REQUIRE(reduced.manifests.size() == 1);
  CHECK(reduced.manifests[0].digest.str() == digest_of(amd64));
  CHECK(walk_code(layout, {"linux/arm/v7"}) == "source.no-platform");
}

TEST_CASE("platforms: several versions of one operating system") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto windows = [&](const char* version) {
    auto entry = layout.manifest({version});
    entry.set(
        "platform",
        Json::object({{"os", "windows"}, {"architecture", "amd64"}, {"os.version", version}}));
    return entry;
  };
  const auto old = windows("10.0.17763.1518");
  const auto recent = windows("10.0.20348.1");
  layout.write_index(
      {layout.index({old, recent, with_platform(layout.manifest({"l"}), "linux", "amd64")})});
  CHECK(entries_of(image_of(layout, {"windows/amd64"})) ==
        std::vector{digest_of(old), digest_of(recent)});
  CHECK(root_of(image_of(layout, {"windows/amd64:10.0.20348"})) == digest_of(recent));
  CHECK(root_of(image_of(layout, {"windows(10.0.17763.1518)/amd64"})) == digest_of(old));
}

TEST_CASE("platforms: a damaged entry does not stop the selection of another one") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto good = with_platform(layout.manifest({"amd64"}), "linux", "amd64");
  const auto damaged = image_for(layout, R"({"os":"linux","architecture":"arm64"})", "damaged");
  const auto unreadable =
      image_for(layout, R"({"os":"linux","architecture":"s390x"})", "unreadable");
  layout.write_index({layout.index({damaged, unreadable, good})});
  directory.write("img/blobs/sha256/" + digest_of(damaged).substr(7), "damaged");
  remove(layout, unreadable);
  CHECK(root_of(image_of(layout, {"linux/amd64"})) == digest_of(good));
  CHECK(walk_code(layout) == "source.blob");
}

TEST_CASE(
    "walk: manifests that the source does not have are listed, the root must be there "
    "(diffoci#247)") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const Attested all(layout);
  remove(layout, all.s390x);
  remove(layout, all.about_s390x);
  const auto image = image_of(layout);
  REQUIRE(image.absent.size() == 2);
  CHECK(image.absent[0].digest.str() == digest_of(all.s390x));
  CHECK(image.absent[0].platform->str() == "linux/s390x");
  CHECK(image.absent[1].digest.str() == digest_of(all.about_s390x));
  CHECK(image.manifests.size() == 5);
  CHECK(walk_code(layout, {"linux/s390x"}) == "source.no-platform");
  CHECK(open_layout(layout, {"linux/s390x"}).error().error_class() == base::ErrorClass::not_found);
  CHECK(image_of(layout, {"linux/amd64", "linux/arm64"}).absent.empty());
  CHECK(image_of(layout, {"linux/amd64", "linux/s390x"}).absent.size() == 1);
  // An image that is complete as a docker archive has all of them.
  const auto root = layout.index({all.amd64, all.s390x});
  const auto strict = image::ready_source(image::directory_layout(layout.path()),
                                          oci::Descriptor::from_json(root).value(), {});
  CHECK(strict.error().code() == "source.missing");
}

TEST_CASE(
    "platforms: attestations that the source does not have are left out, and it is reported "
    "(oc-mirror#1526)") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const Attested all(layout);
  remove(layout, all.about_arm64);
  const auto image = image_of(layout, {"linux/amd64", "linux/arm64"});
  CHECK(image.absent.empty());
  CHECK(entries_of(image) ==
        std::vector{digest_of(all.amd64), digest_of(all.arm64), digest_of(all.about_amd64)});
  REQUIRE(image.notices.size() == 1);
  CHECK(image.notices[0].code == "source.attestations");
}
