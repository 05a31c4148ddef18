// Layouts that lack something, or whose index.json is unusual.
#include "field/images/bench.hpp"
#include "image/layout_index.hpp"

using namespace berth;
using base::Json;
using test::bench;
using test::digest_of;
using test::mentions;

TEST_CASE("field: a layout without the file oci-layout (docker/buildx#1672)") {
  auto& b = bench();
  const auto layout = b.layout("no marker");
  const auto image = layout.manifest({"a"});
  layout.write_index({image});
  boost::filesystem::remove(b.directory / "no marker/oci-layout");
  b.check_stored(b.push(b.source("no marker")), digest_of(image));
  b.directory.write("no marker/oci-layout", "");
  b.check_stored(b.push(b.source("no marker")), digest_of(image));
  b.directory.write("no marker/oci-layout", R"({"imageLayoutVersion":"2.0.0"})");
  b.check_refused(b.push(b.source("no marker")), test::kValidation);
}

TEST_CASE("field: manifests without layers (image-spec#1013, image-spec#1025)") {
  auto& b = bench();
  const auto layout = b.layout("scratch");
  const auto config =
      layout.blob(R"({"os":"linux","architecture":"amd64","rootfs":{"diff_ids":[]}})",
                  std::string(oci::media_type::kOciConfig));
  for (const char* layers : {R"(,"layers":[])", R"(,"layers":null)", ""}) {
    CAPTURE(layers);
    const auto image = layout.blob(R"({"schemaVersion":2,"mediaType":")" + test::kOciManifest +
                                       R"(","config":)" + config.dump() + layers + "}",
                                   test::kOciManifest);
    layout.write_index({image});
    const auto pushed = b.push(b.source("scratch"));
    b.check_stored(pushed, digest_of(image));
    b.check_stored(b.push(b.at_registry(pushed)), digest_of(image));
  }
}

TEST_CASE(
    "field: index.json is itself the multi-platform index (oras#1202, go-containerregistry#1208, "
    "skopeo#2463)") {
  auto& b = bench();
  const auto layout = b.layout("top level");
  const auto amd64 = test::with_platform(layout.manifest({"amd64"}), "linux", "amd64");
  const auto arm64 = test::with_platform(layout.manifest({"arm64"}), "linux", "arm64");
  layout.write_index({amd64, arm64});
  const auto source = b.source("top level");
  const auto whole = b.push(source);
  b.check_stored(whole, test::sha256(test::slurp(b.directory / "top level/index.json")));
  CHECK(mentions(whole.finding("source.layout-index"), "linux/amd64, linux/arm64"));
  for (const auto& image : {amd64, arm64}) CHECK_FALSE(b.manifest(whole, digest_of(image)).empty());
  b.check_stored(b.push(source, {"--platform", "linux/arm64"}), digest_of(arm64));
  b.check_stored(b.push(source, {"--platform", "linux/arm64,linux/amd64"}), whole.digest());
  b.check_stored(b.push(source + ":@0"), digest_of(amd64));
  b.check_stored(b.push(source + "@" + digest_of(arm64)), digest_of(arm64));
}

TEST_CASE(
    "field: two images of one name, and one image of two names (docker/for-win#13903, "
    "docker/buildx#2952)") {
  auto& b = bench();
  const auto layout = b.layout("names");
  const auto entry = [&](const Json& image, const std::string& name, const std::string& tag) {
    return test::with_name(test::with_name(image, image::kContainerdName, name), image::kRefName,
                           tag);
  };
  const auto web = layout.manifest({"web"});
  const auto db = layout.manifest({"db"});
  layout.write_index({entry(web, "docker.io/library/web:latest", "latest"),
                      entry(db, "docker.io/library/db:latest", "latest"),
                      entry(db, "docker.io/library/db:16", "16")});
  const auto source = b.source("names");
  for (const char* ambiguous : {":latest", ""}) {
    const auto refused = b.push(source + ambiguous);
    b.check_refused(refused, test::kUsage);
    CHECK(refused.error("code") == "source.ambiguous");
    for (const char* name : {"docker.io/library/web:latest", "docker.io/library/db:latest"})
      CHECK(mentions(refused.error("cause"), name));
  }
  for (const char* name : {":docker.io/library/db:latest", ":db:latest", ":db", ":16", ":db:16"}) {
    CAPTURE(name);
    b.check_stored(b.push(source + name), digest_of(db));
  }
  CHECK(b.push(source + ":latets").error("fix").empty());
  layout.write_index({entry(db, "docker.io/library/db:latest", "latest"),
                      entry(db, "docker.io/library/db:16", "16")});
  b.check_stored(b.push(source), digest_of(db));
}

TEST_CASE("field: artifacts next to the image in index.json (oras-project/oras#1202)") {
  auto& b = bench();
  const auto layout = b.layout("artifacts");
  const auto image = layout.manifest({"a"});
  const auto config = layout.blob("{}", "application/vnd.oci.empty.v1+json");
  const auto sbom = layout.blob(Json::object({{"schemaVersion", 2},
                                              {"mediaType", test::kOciManifest},
                                              {"artifactType", "application/spdx+json"},
                                              {"config", config},
                                              {"layers", Json::array({config})},
                                              {"subject", image}})
                                    .dump(),
                                test::kOciManifest);
  layout.write_index({sbom, image});
  const auto pushed = b.push(b.source("artifacts"));
  b.check_stored(pushed, digest_of(image));
  CHECK(pushed.finding("source.artifacts") == "1 artifact next to the image is not pushed");
  b.check_stored(b.push(b.source("artifacts") + ":@0"), digest_of(sbom));
}

TEST_CASE(
    "field: a layout that leaves out what the repository has (pack#1548, rules_oci#497, "
    "regclient#973)") {
  auto& b = bench();
  const auto whole = b.layout("base");
  const auto base_image = whole.manifest({"base"});
  whole.write_index({base_image});
  const auto layout = b.layout("sparse");
  const auto base_layer =
      layout.blob(test::gzip("base"), std::string(oci::media_type::kOciLayerGzip));
  const auto app_layer =
      layout.blob(test::gzip("app"), std::string(oci::media_type::kOciLayerGzip));
  const auto image = layout.manifest_of({base_layer, app_layer});
  layout.write_index({image});
  boost::filesystem::remove(layout.blob_path(digest_of(base_layer)));
  const auto source = b.source("sparse");

  const auto refused = b.push(source);
  b.check_refused(refused, test::kIntegrity);
  CHECK(refused.error("code") == "source.missing");
  CHECK(mentions(refused.error("cause"), digest_of(base_layer)));
  CHECK_FALSE(b.has_blob(refused, digest_of(app_layer)));
  const auto checked = [&](const std::string& repository,
                           const std::vector<std::string>& options = {}) {
    std::vector<std::string> arguments{"check", source, b.registry.host() + "/" + repository + ":t",
                                       "-o", "json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return b.berth.run(arguments);
  };
  CHECK(b.push(source, {"--dry-run"}).error("code") == "source.missing");
  CHECK(checked("field/none").status == test::kIntegrity);

  b.check_stored(b.push(b.source("base"), {}, "field/with-base"), digest_of(base_image));
  CHECK(b.push(source, {"--dry-run"}, "field/with-base").result.status == 0);
  CHECK(checked("field/with-base").status == 0);
  const auto offline = checked("field/none", {"--offline"});
  CHECK(offline.status == 0);
  CHECK(mentions(offline.out, "source.missing"));
  const auto pushed = b.push(source, {}, "field/with-base");
  b.check_stored(pushed, digest_of(image));
  CHECK(b.has_blob(pushed, digest_of(app_layer)));

  // A blob of another size counts as missing, and is not needed either.
  b.directory.write("sparse/blobs/sha256/" + digest_of(base_layer).substr(7), "");
  CHECK(b.push(source).error("code") == "source.blob");
  CHECK(b.push(source, {"--dry-run"}).error("code") == "source.blob");
  CHECK(checked("field/none", {"--offline"}).status == test::kIntegrity);
  CHECK(b.push(source, {}, "field/with-base").result.status == 0);
}

TEST_CASE(
    "field: a layout that has one platform of its index (moby#49473, containerd#5576, "
    "nerdctl#3516)") {
  auto& b = bench();
  const auto layout = b.layout("one platform");
  const auto amd64 = test::with_platform(layout.manifest({"amd64"}), "linux", "amd64");
  const auto s390x = test::with_platform(layout.manifest({"s390x"}), "linux", "s390x");
  const auto index = layout.index({amd64, s390x, test::attestation_of(layout, s390x)});
  layout.write_index({index});
  const auto source = b.source("one platform");
  b.check_stored(b.push(source, {}, "field/whole-index"), digest_of(index));
  boost::filesystem::remove(layout.blob_path(digest_of(s390x)));

  const auto refused = b.push(source);
  b.check_refused(refused, test::kNotFound);
  CHECK(refused.error("code") == "source.absent-platform");
  CHECK(mentions(refused.error("cause"), "missing: linux/s390x"));
  CHECK(refused.error("fix") == "select the available platforms: --platform linux/amd64");
  CHECK(b.push(source, {"--dry-run"}).error("code") == "source.absent-platform");
  b.check_stored(b.push(source, {"--platform", "linux/amd64"}), digest_of(amd64));
  CHECK(b.push(source, {"--platform", "linux/s390x"}).error("code") == "source.no-platform");
  // The repository has the rest.
  CHECK(b.push(source, {"--tag", "again"}, "field/whole-index").digest() == digest_of(index));
}
