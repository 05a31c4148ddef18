#include "push/plan.hpp"

#include <fmt/format.h>

#include <set>

#include "oci/hasher.hpp"

namespace berth::push {
namespace {

namespace types = oci::media_type;

// Upper bound for a layer that does not compress: ISA-L adds stored blocks and sync flushes. For a layer compressed
// as xz and the like it is only an estimate: gzip needs more space.
std::uint64_t compressed_bound(const image::RawLayer& layer) {
  const auto size = layer.compression ? layer.size + layer.size / 2 : layer.size;
  return size + size / 1024 + 4096;
}

Plan plan_ready(const image::ReadyImage& image) {
  Plan plan;
  for (std::size_t i = 0; i < image.blobs.size(); ++i) {
    const auto& blob = image.blobs[i];
    plan.blobs.push_back(
        {blob.kind, blob.descriptor.media_type, blob.descriptor.digest, std::nullopt, blob.descriptor.size, i});
  }
  plan.manifests = image.manifests;
  plan.digest = image.manifests.back().digest;
  plan.media_type = image.manifests.back().media_type;
  for (const auto& manifest : image.manifests)
    if (manifest.platform) plan.platforms.push_back(*manifest.platform);
  return plan;
}

Plan plan_raw(const image::RawImage& image, ManifestForm form) {
  const MediaTypes media = media_types_of(form);
  Plan plan;
  plan.form = form;
  plan.blobs.push_back(
      {image::BlobKind::config, std::string(media.config), image.config_digest, std::nullopt, image.config.size(), 0});
  std::set<std::string> seen;
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    const auto& layer = image.layers[i];
    if (!seen.insert(layer.diff_id.str()).second) continue;
    const auto size = layer.compression == image::Compression::gzip ? layer.size : compressed_bound(layer);
    plan.blobs.push_back({image::BlobKind::layer, std::string(media.layer), std::nullopt, layer.diff_id, size, i});
  }
  plan.media_type = media.manifest;
  plan.platforms.push_back(image.platform);
  return plan;
}

}  // namespace

ManifestForm other_form(ManifestForm form) {
  return form == ManifestForm::docker ? ManifestForm::oci : ManifestForm::docker;
}

MediaTypes media_types_of(ManifestForm form) {
  if (form == ManifestForm::oci) return {types::kOciManifest, types::kOciConfig, types::kOciLayerGzip};
  return {types::kDockerManifest, types::kDockerConfig, types::kDockerLayerGzip};
}

Plan plan_push(const image::Contents& contents, ManifestForm form) {
  const auto* ready = std::get_if<image::ReadyImage>(&contents);
  Plan plan = ready != nullptr ? plan_ready(*ready) : plan_raw(std::get<image::RawImage>(contents), form);
  for (const auto& blob : plan.blobs) plan.total_size += blob.size;
  return plan;
}

base::Result<void> check_expected(const image::ReadyManifest& root, const std::optional<oci::Digest>& expected) {
  if (!expected || is_digest_of(*expected, root.bytes)) return {};
  return base::Error(base::ErrorClass::integrity, "push.digest-mismatch", "image digest does not match the destination")
      .cause(fmt::format("the image is {}, the destination names {}", root.digest.str(), expected->str()));
}

}  // namespace berth::push
