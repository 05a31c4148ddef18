#include "push/build_manifest.hpp"

#include "base/json_value.hpp"
#include "oci/hasher.hpp"

namespace berth::push {
namespace {

base::Json descriptor(std::string_view media_type, const oci::Digest& digest, std::uint64_t size) {
  return base::Json::object({{"mediaType", media_type}, {"size", size}, {"digest", digest.str()}});
}

}  // namespace

image::ReadyManifest build_manifest(const image::RawImage& image, ManifestForm form,
                                    const std::map<std::string, CompressedBlob>& layers,
                                    const image::Encoding& encoding) {
  const MediaTypes types = media_types_of(form);
  base::Json list = base::Json::array();
  std::map<std::string, image::BlobFormat> formats;
  for (const auto& layer : image.layers) {
    const auto& blob = layers.at(layer.diff_id.str());
    const auto first = formats.emplace(layer.diff_id.str(), blob_format(encoding, layer)).first;
    list.push_back(descriptor(layer_media_type(form, first->second), blob.digest, blob.size));
  }
  auto bytes = base::Json::object(
                   {{"schemaVersion", 2},
                    {"mediaType", types.manifest},
                    {"config", descriptor(types.config, image.config_digest, image.config.size())},
                    {"layers", std::move(list)}})
                   .dump();
  auto digest = oci::digest_of(bytes);
  return {std::move(bytes), std::string(types.manifest), std::move(digest), image.platform};
}

}  // namespace berth::push
