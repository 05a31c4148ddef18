// Indexes: platforms, attestations, entries of any type, foreign layers, digests of two algorithms.
#include "base/json_parser.hpp"
#include "field/images/bench.hpp"

using namespace berth;
using base::Json;
using test::bench;
using test::digest_of;
using test::mentions;

namespace {

std::vector<std::string> entries_of(const std::string& index) {
  std::vector<std::string> digests;
  const auto document = test::parse_json(index);
  for (const auto& entry : *document.find("manifests")->as_array())
    digests.push_back(digest_of(entry));
  return digests;
}

}  // namespace

TEST_CASE(
    "field: platforms in all their spellings (containers/image#898, charliecloud#1249, "
    "moby#50194)") {
  auto& b = bench();
  const auto layout = b.layout("platforms");
  const auto arm64 = test::with_platform(layout.manifest({"arm64"}), "linux", "arm64");
  const auto amd64 = test::with_platform(layout.manifest({"amd64"}), "linux", "amd64");
  const auto index = layout.index({arm64, amd64});
  layout.write_index({index});
  const auto source = b.source("platforms");
  for (const auto& [captured, image] :
       {std::pair{"linux/arm64/v8", &arm64}, std::pair{"linux/aarch64", &arm64},
        std::pair{"linux/amd64/v1", &amd64}, std::pair{"linux/x86_64", &amd64},
        std::pair{"Linux/AMD64", &amd64}}) {
    const auto* platform = captured;
    CAPTURE(platform);
    b.check_stored(b.push(source, {"--platform", platform}), digest_of(*image));
  }
  const auto refused = b.push(source, {"--platform", "linux/arm/v8"});
  b.check_refused(refused, test::kNotFound);
  CHECK(refused.error("cause") == "available: linux/arm64, linux/amd64");
  for (const char* architecture : {"arm64", "aarch64"})
    b.check_stored(b.push(source, {"--platform", architecture}), digest_of(arm64));
  // From a registry as well.
  const auto pushed = b.push(source);
  b.check_stored(b.push(b.at_registry(pushed), {"--platform", "linux/arm64/v8"}), digest_of(arm64));
}

TEST_CASE("field: attestations follow their image (docker/buildx#3430, regclient#747)") {
  auto& b = bench();
  const auto layout = b.layout("attested");
  const auto amd64 = test::with_platform(layout.manifest({"amd64"}), "linux", "amd64");
  const auto arm64 = test::with_platform(layout.manifest({"arm64"}), "linux", "arm64");
  const auto s390x = test::with_platform(layout.manifest({"s390x"}), "linux", "s390x");
  const std::vector<Json> about{test::attestation_of(layout, amd64),
                                test::attestation_of(layout, arm64),
                                test::attestation_of(layout, s390x)};
  layout.write_index({layout.index({amd64, arm64, s390x, about[0], about[1], about[2]})});
  const auto two =
      b.push(b.source("attested"), {"--platform", "linux/amd64", "--platform", "linux/arm64"});
  REQUIRE(two.result.status == 0);
  CHECK(entries_of(b.manifest(two)) ==
        std::vector{digest_of(amd64), digest_of(arm64), digest_of(about[0]), digest_of(about[1])});
  const auto one = b.push(b.source("attested"), {"--platform", "linux/amd64"});
  b.check_stored(one, digest_of(amd64));
  CHECK(mentions(one.finding("source.attestations"),
                 "1 attestation of the selected platforms omitted"));
}

TEST_CASE(
    "field: a BuildKit cache is an index of blobs (containers/image#2210, docker/buildx#1007, "
    "regclient#73)") {
  auto& b = bench();
  const auto layout = b.layout("cache");
  const auto layer = layout.blob(test::gzip("cached"), std::string(oci::media_type::kOciLayerGzip));
  const auto config = layout.blob(R"({"layers":[]})", "application/vnd.buildkit.cacheconfig.v0");
  const auto index = layout.index({layer, config});
  layout.write_index({index});
  auto pushed = b.push(b.source("cache"));
  for (int i = 0; i < 2; ++i) {
    b.check_stored(pushed, digest_of(index));
    for (const auto& blob : {layer, config}) CHECK(b.has_blob(pushed, digest_of(blob)));
    pushed = b.push(b.at_registry(pushed));
  }
  b.check_refused(b.push(b.source("cache"), {"--platform", "linux/amd64"}), test::kNotFound);
}

TEST_CASE("field: nested indexes (container-libs#211)") {
  auto& b = bench();
  const auto layout = b.layout("nested");
  const auto amd64 = test::with_platform(layout.manifest({"amd64"}), "linux", "amd64");
  const auto arm64 = test::with_platform(layout.manifest({"arm64"}), "linux", "arm64");
  const auto index = layout.index({layout.index({amd64, arm64}), layout.manifest({"bundle"})});
  layout.write_index({index});
  const auto pushed = b.push(b.source("nested"));
  b.check_stored(pushed, digest_of(index));
  b.check_stored(b.push(b.at_registry(pushed), {"--platform", "linux/arm64"}), digest_of(arm64));
}

TEST_CASE(
    "field: artifacts, configs of any type, and content in the descriptor (skopeo#931, "
    "debuerreotype#151)") {
  auto& b = bench();
  const auto layout = b.layout("chart");
  auto config = layout.blob("chart: yes", "application/vnd.cncf.helm.config.v1+json");
  config.set("data", "Y2hhcnQ6IHllcw==");
  boost::filesystem::remove(layout.blob_path(digest_of(config)));
  const auto empty = Json::object({{"mediaType", "application/vnd.oci.empty.v1+json"},
                                   {"digest", test::sha256("{}")},
                                   {"size", 2}});
  const auto chart = layout.blob(
      Json::object({{"schemaVersion", 2}, {"config", config}, {"layers", Json::array({empty})}})
          .dump(),
      test::kOciManifest);
  layout.write_index({chart});
  const auto pushed = b.push(b.source("chart"));
  b.check_stored(pushed, digest_of(chart));
  CHECK(b.registry.fetch_blob(pushed.repository, digest_of(config)) == "chart: yes");
  CHECK(b.registry.fetch_blob(pushed.repository, test::sha256("{}")) == "{}");
}

TEST_CASE(
    "field: entries and documents of different media types (go-containerregistry#2433, "
    "spegel#172)") {
  auto& b = bench();
  const auto layout = b.layout("mixed");
  auto image = test::with_platform(layout.manifest({"a"}), "linux", "amd64");
  image.set("mediaType", std::string(oci::media_type::kDockerManifest));
  auto index = layout.index({image});
  index.set("mediaType", std::string(oci::media_type::kDockerList));
  layout.write_index({index});
  b.check_stored(b.push(b.source("mixed")), digest_of(index));
  const auto plain = layout.blob(R"({"schemaVersion":2,"manifests":[)" + image.dump() + "]}", "");
  layout.write_index({plain});
  b.check_stored(b.push(b.source("mixed")), digest_of(plain));
}

TEST_CASE(
    "field: foreign layers (go-containerregistry#741, go-containerregistry#1418, skopeo#545, "
    "oras-go#319)") {
  auto& b = bench();
  const auto layout = b.layout("windows");
  auto base =
      layout.blob(test::gzip("base"), "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");
  base.set("urls", Json::array({"https://mcr.example/v2/windows/blobs/1"}));
  const auto app = layout.blob(test::gzip("app"), std::string(oci::media_type::kDockerLayerGzip));
  const auto config = layout.blob(R"({"os":"windows","architecture":"amd64"})",
                                  std::string(oci::media_type::kDockerConfig));
  const auto image =
      layout.blob(Json::object({{"schemaVersion", 2},
                                {"mediaType", std::string(oci::media_type::kDockerManifest)},
                                {"config", config},
                                {"layers", Json::array({base, app})}})
                      .dump(),
                  std::string(oci::media_type::kDockerManifest));
  layout.write_index({image});
  const auto refused = b.push(b.source("windows"));
  CHECK(refused.result.status != test::kIntegrity);
  CHECK(b.manifest(refused).empty());
  CHECK(mentions(refused.error("cause"), "foreign layer"));
  CHECK(mentions(refused.error("fix"), "validation.manifests.urls.allow"));

  test::RegistryOptions allowing;
  allowing.validation = R"({ manifests: { urls: { allow: ["^https?://"] } } })";
  const test::RealRegistry other(allowing);
  const auto pushed = b.push_to(b.source("windows"), other.host() + "/a/windows:t");
  REQUIRE_MESSAGE(pushed.result.status == 0, pushed.result.out);
  CHECK(pushed.digest() == digest_of(image));
  CHECK(mentions(pushed.finding("source.foreign-layer"), "1 foreign layer is not uploaded"));
  CHECK(mentions(pushed.finding("source.foreign-layer"), "mcr.example"));
  CHECK(other.fetch_blob("a/windows", digest_of(base)).empty());
  CHECK_FALSE(other.fetch_blob("a/windows", digest_of(app)).empty());
}

TEST_CASE(
    "field: sha512 in descriptors (distribution#4420, skopeo#2747, go-containerregistry#2427)") {
  auto& b = bench();
  const auto layout = b.layout("sha512");
  const auto blob = [&](const std::string& bytes, std::string_view type) {
    const auto digest = oci::digest_of(bytes, oci::Algorithm::sha512);
    b.directory.write("sha512/blobs/sha512/" + std::string(digest.hex()), bytes);
    return Json::object(
        {{"mediaType", type}, {"digest", digest.str()}, {"size", std::uint64_t{bytes.size()}}});
  };
  const auto config = blob(R"({"os":"linux","architecture":"amd64"})", oci::media_type::kOciConfig);
  const auto layer = blob(test::gzip("a"), oci::media_type::kOciLayerGzip);
  const auto document = Json::object({{"schemaVersion", 2},
                                      {"mediaType", test::kOciManifest},
                                      {"config", config},
                                      {"layers", Json::array({layer})}})
                            .dump();
  layout.write_index({layout.blob(document, test::kOciManifest)});
  const auto blobs = b.push(b.source("sha512"));
  b.check_stored(blobs, test::sha256(document));
  for (const auto& one : {config, layer}) CHECK(b.has_blob(blobs, digest_of(one)));

  const auto manifest = blob(document, test::kOciManifest);
  layout.write_index({manifest});
  b.check_stored(b.push(b.source("sha512")), test::sha256(document));
  // The registry rejects such an index, but the manifest must exist.
  layout.write_index({layout.index({manifest})});
  const auto refused = b.push(b.source("sha512"));
  b.check_refused(refused, test::kServer);
  CHECK(mentions(refused.error("message"), "sha512"));
  // Another algorithm is not damage.
  auto unsupported = manifest;
  unsupported.set("digest", "blake3:" + std::string(64, 'a'));
  layout.write_index({unsupported});
  b.check_refused(b.push(b.source("sha512")), test::kValidation);
}
