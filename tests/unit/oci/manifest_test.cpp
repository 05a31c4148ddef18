#include "oci/manifest.hpp"

#include <doctest/doctest.h>

#include "oci/hasher.hpp"

using berth::oci::parse_index;
using berth::oci::parse_manifest;

namespace {
const std::string kBlob = R"({"digest":"sha256:)" + std::string(64, 'a') + R"(","size":1})";
const std::string kGood = R"({"schemaVersion":2,"config":)" + kBlob + R"(,"layers":[)" + kBlob + "]}";
}  // namespace

TEST_CASE("manifest: bytes are kept, digest computed, type agreed") {
  const auto manifest = parse_manifest(kGood, "");
  REQUIRE(manifest.has_value());
  CHECK(manifest->bytes == kGood);
  CHECK(manifest->digest == berth::oci::digest_of(kGood));
  CHECK(manifest->media_type == berth::oci::media_type::kOciManifest);
  CHECK(manifest->layers.size() == 1);
  CHECK(parse_manifest(kGood, "application/x-new").value().media_type == "application/x-new");
}

TEST_CASE("manifest: what is refused, and why") {
  const std::pair<std::string, std::string> cases[] = {
      {"", "manifest.json"},
      {"[]", "manifest.json"},
      {R"({"config":)" + kBlob + R"(,"layers":[]})", "manifest.schema-version"},
      {R"({"schemaVersion":1,"config":)" + kBlob + R"(,"layers":[]})", "manifest.schema-version"},
      {R"({"schemaVersion":2,"layers":[]})", "manifest.config"},
      {R"({"schemaVersion":2,"config":{},"layers":[]})", "manifest.config"},
      {R"({"schemaVersion":2,"config":)" + kBlob + "}", "manifest.layers"},
      {R"({"schemaVersion":2,"config":)" + kBlob + R"(,"layers":[{}]})", "manifest.layers"},
      {R"({"schemaVersion":2,"config":)" + kBlob + R"(,"layers":[],"manifests":[]})", "manifest.ambiguous"},
      {R"({"schemaVersion":2,"mediaType":"x","config":)" + kBlob + R"(,"layers":[]})", "manifest.media-type"},
      {R"({"schemaVersion":2,"mediaType":7,"config":)" + kBlob + R"(,"layers":[]})", "manifest.media-type"},
      {R"({"schemaVersion":2,"subject":{},"config":)" + kBlob + R"(,"layers":[]})", "manifest.subject"},
      {std::string((std::size_t{4} << 20U) + 1, ' '), "manifest.too-large"},
  };
  for (const auto& [bytes, code] : cases) {
    const std::string shown = bytes.substr(0, 100);
    CAPTURE(shown);
    const auto manifest = parse_manifest(bytes, berth::oci::media_type::kOciManifest);
    REQUIRE_FALSE(manifest.has_value());
    CHECK(manifest.error().code() == code);
    CHECK(manifest.error().exit_status() == 10);
  }
}

TEST_CASE("index: an index is not a manifest") {
  const std::string index = R"({"schemaVersion":2,"manifests":[)" + kBlob + "]}";
  CHECK(parse_index(index, "").value().manifests.size() == 1);
  CHECK(parse_index(index, berth::oci::media_type::kOciManifest).error().code() == "manifest.media-type");
  CHECK(parse_manifest(kGood, berth::oci::media_type::kOciIndex).error().code() == "manifest.media-type");
  CHECK(parse_index(R"({"schemaVersion":2})", "").error().code() == "manifest.manifests");
}
