// Manifests, indexes, image configs and index.json of layouts, as a source or a registry provides
// them.
#include "oci/manifest.hpp"

#include "fuzz/target.hpp"
#include "image/layout_index.hpp"
#include "oci/hasher.hpp"
#include "oci/image_config.hpp"

namespace berth::fuzz {
namespace {

void check_platform(const oci::Platform& platform) {
  require(platform.normalized().normalized() == platform.normalized(),
          "a platform has one normal form");
  require(platform.equals(platform) && platform.matches(platform), "a platform is itself");
}

void check_document(std::string_view input, std::string_view media_type) {
  const auto document = oci::parse_document(std::string(input), media_type);
  if (!document) return;
  const auto digest = oci::digest_of(input);
  if (const auto* manifest = std::get_if<oci::Manifest>(&*document))
    require(manifest->bytes == input && manifest->digest == digest, "a manifest keeps its bytes");
  if (const auto* index = std::get_if<oci::Index>(&*document)) {
    require(index->bytes == input && index->digest == digest, "an index keeps its bytes");
    for (const auto& entry : index->manifests)
      if (entry.platform) check_platform(*entry.platform);
  }
  require(bool(oci::parse_manifest(std::string(input), media_type)) ==
              std::holds_alternative<oci::Manifest>(*document),
          "a document is either a manifest or an index");
}

}  // namespace

void run_manifest(std::string_view input) {
  for (const auto type :
       {oci::media_type::kOciManifest, oci::media_type::kOciIndex, oci::media_type::kDockerManifest,
        oci::media_type::kDockerList, std::string_view()})
    check_document(input, type);
  if (const auto platform = oci::config_platform(input)) check_platform(*platform);
  static_cast<void>(oci::config_diff_ids(input));
  static_cast<void>(image::parse_layout_index(input, "layout"));
  static_cast<void>(image::check_layout_version(input, "layout"));
}

}  // namespace berth::fuzz
