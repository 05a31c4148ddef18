#include "cli/image_json.hpp"

#include "base/json_parser.hpp"

namespace berth::cli {
namespace {

using app::InspectedManifest;
using base::Json;

Json annotations_json(const app::Annotations& annotations) {
  Json object = Json::object();
  for (const auto& [key, value] : annotations) object.set(key, value);
  return object;
}

Json platform_json(const std::optional<oci::Platform>& platform) {
  if (!platform) return {};
  Json object = Json::object({{"os", platform->os}, {"architecture", platform->architecture}});
  if (!platform->variant.empty()) object.set("variant", platform->variant);
  if (!platform->os_version.empty()) object.set("os_version", platform->os_version);
  return object;
}

Json descriptors_json(const std::vector<oci::Descriptor>& descriptors) {
  Json list = Json::array();
  for (const auto& descriptor : descriptors) list.push_back(descriptor_json(descriptor));
  return list;
}

// The document as it is; null if it is not JSON that can be repeated without a change of meaning.
Json document_json(const std::string& bytes) {
  auto parsed = base::parse_json(bytes, "the document");
  return parsed ? std::move(*parsed) : Json();
}

const char* state_name(InspectedManifest::State state) {
  switch (state) {
    case InspectedManifest::State::read:
      return "read";
    case InspectedManifest::State::missing:
      return "missing";
    case InspectedManifest::State::not_read:
      break;
  }
  return "not-read";
}

Json manifest_json(const InspectedManifest& manifest) {
  Json object = descriptor_json(manifest.descriptor);
  object.set("platform", platform_json(manifest.platform));
  object.set("state", state_name(manifest.state));
  if (manifest.state != InspectedManifest::State::read) return object;
  if (!manifest.artifact_type.empty()) object.set("artifact_type", manifest.artifact_type);
  object.set("manifest_annotations", annotations_json(manifest.annotations));
  if (manifest.subject) object.set("subject", descriptor_json(*manifest.subject));
  object.set("config", manifest.config ? descriptor_json(*manifest.config) : Json());
  object.set("layers", descriptors_json(manifest.layers));
  object.set("layers_size", manifest.layers_size());
  object.set("image_config",
             manifest.config_text.empty() ? Json() : document_json(manifest.config_text));
  return object;
}

Json raw_image_json(const image::RawImage& raw) {
  Json layers = Json::array();
  for (const auto& layer : raw.layers)
    layers.push_back(Json::object({{"diff_id", layer.diff_id.str()}, {"size", layer.size}}));
  return Json::object({{"config", Json::object({{"digest", raw.config_digest.str()},
                                                {"size", std::uint64_t{raw.config.size()}}})},
                       {"platform", platform_json(raw.platform)},
                       {"layers", std::move(layers)},
                       {"image_config", document_json(raw.config)}});
}

Json referrers_json(const std::vector<app::Referrer>& referrers) {
  Json list = Json::array();
  for (const auto& referrer : referrers) {
    Json object = descriptor_json(referrer.descriptor);
    if (!referrer.tag.empty()) object.set("tag", referrer.tag);
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace

Json descriptor_json(const oci::Descriptor& descriptor) {
  Json object = Json::object({{"digest", descriptor.digest.str()},
                              {"media_type", descriptor.media_type},
                              {"size", descriptor.size}});
  if (!descriptor.artifact_type.empty()) object.set("artifact_type", descriptor.artifact_type);
  if (!descriptor.annotations.empty())
    object.set("annotations", annotations_json(descriptor.annotations));
  if (descriptor.platform) object.set("platform", platform_json(descriptor.platform));
  if (!descriptor.urls.empty())
    object.set("urls", Json(Json::Array(descriptor.urls.begin(), descriptor.urls.end())));
  return object;
}

Json inspection_json(const app::InspectReport& report) {
  Json document = Json::object({{"schema", 1}, {"ok", true}, {"reference", report.reference}});
  if (report.raw) {
    document.set("digest", Json());
    document.set("media_type", Json());
    document.set("kind", "uncompressed");
    document.set("image", raw_image_json(*report.raw));
    return document;
  }
  document.set("digest", report.root->digest.str());
  document.set("media_type", report.root->media_type);
  document.set("size", report.root->size);
  document.set("kind", report.is_index ? "index" : "manifest");
  document.set("annotations", annotations_json(report.annotations));
  Json manifests = Json::array();
  for (const auto& manifest : report.manifests) manifests.push_back(manifest_json(manifest));
  document.set("manifests", std::move(manifests));
  document.set("referrers", report.referrers_error ? Json() : referrers_json(report.referrers));
  return document;
}

}  // namespace berth::cli
