#include "oci/manifest.hpp"

#include <doctest/doctest.h>

#include "oci/hasher.hpp"

using berth::oci::parse_document;
using berth::oci::parse_index;
using berth::oci::parse_manifest;
using namespace berth::oci::media_type;

namespace {
const std::string kBlob = R"({"digest":"sha256:)" + std::string(64, 'a') + R"(","size":1})";
const std::string kGood =
    R"({"schemaVersion":2,"config":)" + kBlob + R"(,"layers":[)" + kBlob + "]}";
}  // namespace

TEST_CASE("manifest: keeps the bytes, computes the digest, checks the media type") {
  const auto manifest = parse_manifest(kGood, "");
  REQUIRE(manifest.has_value());
  CHECK(manifest->bytes == kGood);
  CHECK(manifest->digest == berth::oci::digest_of(kGood));
  CHECK(manifest->media_type == berth::oci::media_type::kOciManifest);
  CHECK(manifest->layers.size() == 1);
  CHECK(parse_manifest(kGood, "application/x-new").value().media_type == "application/x-new");
}

TEST_CASE("manifest: optional members may be absent or null") {
  for (const char* rest : {R"("layers":[])", R"("layers":null)", R"("mediaType":null)",
                           R"("subject":null)", R"("annotations":null,"artifactType":null)",
                           R"("manifests":null)", R"("schemaVersion":2)"}) {
    CAPTURE(rest);
    const auto manifest = parse_manifest("{\"config\":" + kBlob + "," + rest + "}", kOciManifest);
    REQUIRE(manifest.has_value());
    CHECK(manifest->layers.empty());
    CHECK_FALSE(manifest->subject.has_value());
    CHECK(manifest->config.has_value());
  }
  CHECK(
      parse_index(R"({"schemaVersion":2,"manifests":null})", kOciIndex).value().manifests.empty());
  CHECK(parse_index(R"({"schemaVersion":2})", kOciIndex).value().manifests.empty());
}

TEST_CASE("manifest: artifact manifests have blobs and no config") {
  for (const auto type :
       {berth::oci::media_type::kOciArtifact, berth::oci::media_type::kOrasArtifact}) {
    const auto manifest = parse_manifest(
        R"({"artifactType":"a/b","blobs":[)" + kBlob + R"(],"subject":)" + kBlob + "}", type);
    REQUIRE(manifest.has_value());
    CHECK_FALSE(manifest->config.has_value());
    CHECK(manifest->layers.size() == 1);
    CHECK(manifest->subject.has_value());
    CHECK(manifest->artifact_type == "a/b");
    CHECK(manifest->media_type == type);
  }
}

TEST_CASE(
    "manifest: the document's own type takes precedence, then the announced one, then its "
    "members") {
  const auto type_of = [](const std::string& own, std::string_view announced) {
    const std::string member = own.empty() ? "" : R"("mediaType":")" + own + "\",";
    return parse_manifest("{" + member + R"("config":)" + kBlob + R"(,"layers":[]})", announced)
        .value()
        .media_type;
  };
  CHECK(type_of("", "") == kOciManifest);
  CHECK(type_of("", "application/json") == kOciManifest);
  CHECK(type_of("", "text/plain") == kOciManifest);
  CHECK(type_of("", kDockerManifest) == kDockerManifest);
  CHECK(type_of(std::string(kDockerManifest), "") == kDockerManifest);
  CHECK(type_of(std::string(kDockerManifest), "application/octet-stream") == kDockerManifest);
  CHECK(type_of(std::string(kOciManifest), kDockerManifest) == kOciManifest);
  CHECK(type_of("application/x-new", kOciManifest) == "application/x-new");
  CHECK(parse_document(R"({"manifests":[]})", "application/json").value().index() == 1);
}

TEST_CASE("manifest: rejects invalid manifests with a reason") {
  struct Row {
    std::string bytes;
    std::string code;
    int exit_status = 10;
  };
  const Row cases[] = {
      {"", "manifest.json"},
      {"[]", "manifest.json"},
      {R"({"schemaVersion":3,"config":)" + kBlob + R"(,"layers":[]})", "manifest.schema-version",
       3},
      {R"({"schemaVersion":"2","config":)" + kBlob + R"(,"layers":[]})", "manifest.schema-version",
       3},
      {R"({"schemaVersion":1,"config":)" + kBlob + R"(,"layers":[]})", "manifest.schema1", 3},
      {R"({"schemaVersion":1,"fsLayers":[],"history":[]})", "manifest.schema1", 3},
      {R"({"mediaType":"application/vnd.docker.distribution.manifest.v1+json"})",
       "manifest.schema1", 3},
      {R"({"schemaVersion":2,"layers":[]})", "manifest.config"},
      {R"({"schemaVersion":2,"config":null,"layers":[]})", "manifest.config"},
      {R"({"schemaVersion":2,"config":{},"layers":[]})", "manifest.config"},
      {R"({"schemaVersion":2})", "manifest.config"},
      {R"({"schemaVersion":2,"config":)" + kBlob + R"(,"layers":[{}]})", "manifest.layers"},
      {R"({"schemaVersion":2,"config":)" + kBlob + R"(,"layers":[null]})", "manifest.layers"},
      {R"({"schemaVersion":2,"config":)" + kBlob + R"(,"layers":{}})", "manifest.layers"},
      {R"({"schemaVersion":2,"config":)" + kBlob + R"(,"layers":[],"manifests":[]})",
       "manifest.ambiguous"},
      {R"({"schemaVersion":2,"mediaType":")" + std::string(kOciIndex) + R"(","config":)" + kBlob +
           "}",
       "manifest.media-type"},
      {R"({"schemaVersion":2,"mediaType":7,"config":)" + kBlob + R"(,"layers":[]})",
       "manifest.media-type"},
      {R"({"schemaVersion":2,"manifests":[]})", "manifest.media-type"},
      {R"({"schemaVersion":2,"subject":{},"config":)" + kBlob + R"(,"layers":[]})",
       "manifest.subject"},
      {R"({"config":)" + kBlob + R"(,"layers":[{"size":1,"digest":"blake3:)" +
           std::string(64, 'a') + R"("}]})",
       "descriptor.algorithm", 3},
      {std::string((std::size_t{4} << 20U) + 1, ' '), "manifest.too-large", 3},
  };
  for (const auto& [bytes, code, exit_status] : cases) {
    const std::string shown = bytes.substr(0, 100);
    CAPTURE(shown);
    const auto manifest = parse_manifest(bytes, kOciManifest);
    REQUIRE_FALSE(manifest.has_value());
    CHECK(manifest.error().code() == code);
    CHECK(manifest.error().exit_status() == exit_status);
  }
}

TEST_CASE("index: an index is not a manifest") {
  const std::string index = R"({"schemaVersion":2,"manifests":[)" + kBlob + "]}";
  CHECK(parse_index(index, "").value().manifests.size() == 1);
  CHECK(parse_index(index, berth::oci::media_type::kOciManifest).error().code() ==
        "manifest.media-type");
  CHECK(parse_manifest(kGood, berth::oci::media_type::kOciIndex).error().code() ==
        "manifest.media-type");
  CHECK(parse_index(R"({"schemaVersion":2})", "").error().code() == "manifest.members");
  CHECK(parse_index(R"({"manifests":[{}]})", "").error().code() == "manifest.manifests");
}
