#include "push/plan.hpp"

#include <doctest/doctest.h>

#include "push/build_manifest.hpp"
#include "push/fakes.hpp"

using namespace berth;
using push::ManifestForm;
using push::plan_push;

TEST_CASE("plan: a compressed image is uploaded unchanged") {
  const auto source = test::ready_image({"one", "three"});
  for (const auto form : {ManifestForm::docker, ManifestForm::oci}) {
    const auto plan = plan_push(source->contents(), form);
    REQUIRE(plan.blobs.size() == 3);
    CHECK(plan.blobs[0].kind == image::BlobKind::config);
    CHECK(plan.blobs[2].digest == oci::digest_of("three"));
    CHECK(plan.blobs[2].size == 5);
    CHECK(plan.blobs[2].source_index == 2);
    CHECK_FALSE(plan.blobs[2].diff_id.has_value());
    CHECK(plan.manifests.size() == 3);
    CHECK(plan.digest == oci::digest_of("root"));
    CHECK(plan.media_type == oci::media_type::kOciIndex);
    CHECK(plan.platforms.size() == 2);
    CHECK(plan.total_size == 6 + 3 + 5);
  }
}

TEST_CASE(
    "plan: an uncompressed image has a config and layers of bounded size, each diff ID once") {
  const auto source = test::raw_image({"one", "two", "one"});
  struct {
    ManifestForm form;
    std::string_view manifest;
    std::string_view config;
    std::string_view layer;
  } const forms[] = {{ManifestForm::docker, oci::media_type::kDockerManifest,
                      oci::media_type::kDockerConfig, oci::media_type::kDockerLayerGzip},
                     {ManifestForm::oci, oci::media_type::kOciManifest, oci::media_type::kOciConfig,
                      oci::media_type::kOciLayerGzip}};
  for (const auto& form : forms) {
    const auto plan = plan_push(source->contents(), form.form);
    REQUIRE(plan.blobs.size() == 3);
    CHECK(plan.blobs[0].digest == oci::digest_of("{}"));
    CHECK(plan.blobs[0].media_type == form.config);
    CHECK(plan.blobs[1].diff_id == oci::digest_of("one"));
    CHECK(plan.blobs[2].diff_id == oci::digest_of("two"));
    CHECK(plan.blobs[2].source_index == 1);
    CHECK_FALSE(plan.blobs[1].digest.has_value());
    CHECK(plan.blobs[1].size >= 3);
    CHECK(plan.blobs[1].media_type == form.layer);
    CHECK_FALSE(plan.digest.has_value());
    CHECK(plan.manifests.empty());
    CHECK(plan.media_type == form.manifest);
    CHECK(plan.platforms == std::vector{oci::Platform{"linux", "amd64", ""}});
  }
}

TEST_CASE("plan: a gzipped layer has its exact size") {
  auto source = test::raw_image({"one"});
  std::get<image::RawImage>(source->image).layers[0].compression = image::Compression::gzip;
  CHECK(plan_push(source->contents(), ManifestForm::docker).blobs[1].size == 3);
}

TEST_CASE(
    "plan: the encoding of an uncompressed image decides media types, digests in advance, and the "
    "form") {
  namespace types = oci::media_type;
  auto source = test::raw_image({"one", "two", "one"});
  auto& layers = std::get<image::RawImage>(source->image).layers;
  layers[1].compression = image::Compression::gzip;
  const image::Encoding zstd{.codec = image::Codec::zstd};
  const image::Encoding keep{.codec = image::Codec::keep};
  const auto as_zstd = plan_push(source->contents(), ManifestForm::docker, zstd);
  CHECK(as_zstd.form == ManifestForm::oci);
  CHECK(as_zstd.form_is_fixed);
  CHECK(as_zstd.media_type == types::kOciManifest);
  CHECK(as_zstd.encoding == zstd);
  for (const auto index : {1U, 2U}) {
    CHECK(as_zstd.blobs[index].media_type == types::kOciLayerZstd);
    CHECK_FALSE(as_zstd.blobs[index].digest);
  }
  for (const auto form : {ManifestForm::docker, ManifestForm::oci}) {
    const bool oci = form == ManifestForm::oci;
    const auto kept = plan_push(source->contents(), form, keep);
    CHECK(kept.form == form);
    CHECK_FALSE(kept.form_is_fixed);
    CHECK(kept.blobs[1].media_type == (oci ? types::kOciLayer : types::kDockerLayer));
    CHECK(kept.blobs[1].digest == oci::digest_of("one"));
    CHECK(kept.blobs[1].size == 3);
    CHECK(kept.blobs[2].media_type == (oci ? types::kOciLayerGzip : types::kDockerLayerGzip));
    CHECK_FALSE(kept.blobs[2].digest);
    // The last layer is the first one again, and stored like it, whatever its own compression is.
    layers[2].compression = image::Compression::gzip;
    const auto manifest = push::build_manifest(std::get<image::RawImage>(source->contents()), form,
                                               {{test::sha256("one"), {oci::digest_of("one"), 3}},
                                                {test::sha256("two"), {oci::digest_of("2"), 2}}},
                                               keep);
    const auto parsed = oci::parse_manifest(manifest.bytes, manifest.media_type);
    REQUIRE(parsed);
    CHECK(parsed->layers[0].media_type == kept.blobs[1].media_type);
    CHECK(parsed->layers[1].media_type == kept.blobs[2].media_type);
    CHECK(parsed->layers[2].media_type == kept.blobs[1].media_type);
  }
}

TEST_CASE("manifest: builds exact bytes as Docker schema 2 and as OCI") {
  const auto source = test::raw_image({"one", "two", "one"});
  const std::map<std::string, push::CompressedBlob> layers{
      {test::sha256("one"), {oci::digest_of("1"), 11}},
      {test::sha256("two"), {oci::digest_of("2"), 22}}};
  const auto& raw = std::get<image::RawImage>(source->contents());
  const auto expected = [&](const std::string& manifest, const std::string& config,
                            const std::string& layer) {
    const auto descriptor = [](const std::string& type, int size, const std::string& digest) {
      return R"({"mediaType":")" + type + R"(","size":)" + std::to_string(size) + R"(,"digest":")" +
             digest + R"("})";
    };
    return R"({"schemaVersion":2,"mediaType":")" + manifest + R"(","config":)" +
           descriptor(config, 2, test::sha256("{}")) + R"(,"layers":[)" +
           descriptor(layer, 11, test::sha256("1")) + "," +
           descriptor(layer, 22, test::sha256("2")) + "," +
           descriptor(layer, 11, test::sha256("1")) + "]}";
  };
  const auto docker = push::build_manifest(raw, ManifestForm::docker, layers);
  CHECK(docker.bytes == expected("application/vnd.docker.distribution.manifest.v2+json",
                                 "application/vnd.docker.container.image.v1+json",
                                 "application/vnd.docker.image.rootfs.diff.tar.gzip"));
  CHECK(docker.digest == oci::digest_of(docker.bytes));
  CHECK(docker.media_type == oci::media_type::kDockerManifest);
  CHECK(docker.platform == raw.platform);
  const auto oci_form = push::build_manifest(raw, ManifestForm::oci, layers);
  CHECK(oci_form.bytes == expected("application/vnd.oci.image.manifest.v1+json",
                                   "application/vnd.oci.image.config.v1+json",
                                   "application/vnd.oci.image.layer.v1.tar+gzip"));
  CHECK(oci::parse_manifest(docker.bytes, docker.media_type).has_value());
}
