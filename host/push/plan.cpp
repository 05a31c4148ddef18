#include "push/plan.hpp"

#include <fmt/format.h>

#include <set>

#include "oci/hasher.hpp"

namespace berth::push {
namespace {

namespace types = oci::media_type;

Plan plan_ready(const image::ReadyImage& image) {
  Plan plan;
  for (std::size_t i = 0; i < image.blobs.size(); ++i) {
    const auto& blob = image.blobs[i];
    plan.blobs.push_back({blob.kind, blob.descriptor.media_type, blob.descriptor.digest,
                          std::nullopt, blob.descriptor.size, i});
  }
  plan.manifests = image.manifests;
  plan.digest = image.manifests.back().digest;
  plan.media_type = image.manifests.back().media_type;
  for (const auto& manifest : image.manifests)
    if (manifest.platform) plan.platforms.push_back(*manifest.platform);
  return plan;
}

Plan plan_raw(const image::RawImage& image, ManifestForm form, const image::Encoding& encoding) {
  Plan plan;
  plan.form_is_fixed = encoding.codec == image::Codec::zstd;
  plan.form = plan.form_is_fixed ? ManifestForm::oci : form;
  plan.encoding = encoding;
  const MediaTypes media = media_types_of(plan.form);
  plan.blobs.push_back({image::BlobKind::config, std::string(media.config), image.config_digest,
                        std::nullopt, image.config.size(), 0});
  std::set<std::string> seen;
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    const auto& layer = image.layers[i];
    if (!seen.insert(layer.diff_id.str()).second) continue;
    const auto media_type = layer_media_type(plan.form, blob_format(encoding, layer));
    plan.blobs.push_back({image::BlobKind::layer, std::string(media_type),
                          digest_in_advance(encoding, layer), layer.diff_id,
                          size_bound(encoding, layer), i});
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
  if (form == ManifestForm::oci) return {types::kOciManifest, types::kOciConfig};
  return {types::kDockerManifest, types::kDockerConfig};
}

std::string_view layer_media_type(ManifestForm form, image::BlobFormat format) {
  const bool oci = form == ManifestForm::oci;
  switch (format) {
    case image::BlobFormat::zstd:
      return types::kOciLayerZstd;
    case image::BlobFormat::tar:
      return oci ? types::kOciLayer : types::kDockerLayer;
    case image::BlobFormat::gzip:
      break;
  }
  return oci ? types::kOciLayerGzip : types::kDockerLayerGzip;
}

Plan plan_push(const image::Contents& contents, ManifestForm form,
               const image::Encoding& encoding) {
  const auto* ready = std::get_if<image::ReadyImage>(&contents);
  Plan plan = ready != nullptr ? plan_ready(*ready)
                               : plan_raw(std::get<image::RawImage>(contents), form, encoding);
  for (const auto& blob : plan.blobs) plan.total_size += blob.size;
  return plan;
}

base::Result<void> check_expected(const image::ReadyManifest& root,
                                  const std::optional<oci::Digest>& expected) {
  if (!expected || is_digest_of(*expected, root.bytes)) return {};
  return base::Error(base::ErrorClass::integrity, "push.digest-mismatch",
                     "image digest does not match the destination")
      .cause(fmt::format("the image is {}, the destination names {}", root.digest.str(),
                         expected->str()));
}

}  // namespace berth::push
