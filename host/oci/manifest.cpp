#include "oci/manifest.hpp"

#include "base/escape.hpp"
#include "oci/hasher.hpp"

namespace berth::oci {
namespace {

base::Error invalid_manifest(std::string code, std::string cause) {
  return base::Error(base::ErrorClass::integrity, std::move(code), "the manifest is not valid").cause(std::move(cause));
}

base::Result<base::Json> parse_document(std::string_view bytes) {
  if (bytes.size() > kManifestLimit) return invalid_manifest("manifest.too-large", "it has more than 4 MiB");
  auto json = base::Json::parse(bytes, "the manifest");
  if (!json) return invalid_manifest("manifest.json", json.error().cause());
  if (!json->is_object()) return invalid_manifest("manifest.json", "it is no object");
  const base::Json* version = json->find("schemaVersion");
  if (version == nullptr || version->as_int() != 2)
    return invalid_manifest("manifest.schema-version", "its schemaVersion is not 2");
  // A document that two readers can take for two different things must not be pushed as either (CVE-2021-41190).
  if (json->find("manifests") != nullptr && (json->find("layers") != nullptr || json->find("config") != nullptr))
    return invalid_manifest("manifest.ambiguous", "it has both manifests and layers");
  return json;
}

base::Result<std::string> agreed_type(const base::Json& json, std::string_view said, std::string_view fallback) {
  const base::Json* own = json.find("mediaType");
  if (own != nullptr && !own->is_string()) return invalid_manifest("manifest.media-type", "its mediaType is no text");
  const std::string type = own != nullptr ? *own->as_string() : "";
  if (!type.empty() && !said.empty() && type != said)
    return invalid_manifest("manifest.media-type",
                            "it calls itself " + base::quote(type) + " and was announced as " + base::quote(said));
  if (!type.empty()) return type;
  return std::string(said.empty() ? fallback : said);
}

base::Result<std::vector<Descriptor>> descriptors(const base::Json& json, std::string_view member) {
  const base::Json* list = json.find(member);
  if (list == nullptr || !list->is_array())
    return invalid_manifest("manifest." + std::string(member), "it has no list of " + std::string(member));
  std::vector<Descriptor> result;
  for (const auto& item : *list->as_array()) {
    auto descriptor = Descriptor::from_json(item);
    if (!descriptor) return invalid_manifest("manifest." + std::string(member), descriptor.error().cause());
    result.push_back(std::move(descriptor).value());
  }
  return result;
}

}  // namespace

base::Result<Manifest> parse_manifest(std::string bytes, std::string_view media_type) {
  BERTH_TRY(const base::Json json, parse_document(bytes));
  BERTH_TRY(std::string type, agreed_type(json, media_type, media_type::kOciManifest));
  if (media_type::is_index(type)) return invalid_manifest("manifest.media-type", "it is an index, not a manifest");
  const base::Json* config = json.find("config");
  if (config == nullptr) return invalid_manifest("manifest.config", "it has no config");
  auto config_descriptor = Descriptor::from_json(*config);
  if (!config_descriptor) return invalid_manifest("manifest.config", config_descriptor.error().cause());
  BERTH_TRY(std::vector<Descriptor> layers, descriptors(json, "layers"));
  std::optional<Descriptor> subject;
  if (const base::Json* member = json.find("subject"); member != nullptr && !member->is_null()) {
    auto parsed = Descriptor::from_json(*member);
    if (!parsed) return invalid_manifest("manifest.subject", parsed.error().cause());
    subject = std::move(parsed).value();
  }
  Digest digest = digest_of(bytes);
  return Manifest{std::move(bytes),  std::move(type),   std::move(digest), std::move(config_descriptor).value(),
                  std::move(layers), std::move(subject)};
}

base::Result<Index> parse_index(std::string bytes, std::string_view media_type) {
  BERTH_TRY(const base::Json json, parse_document(bytes));
  BERTH_TRY(std::string type, agreed_type(json, media_type, media_type::kOciIndex));
  if (media_type::is_manifest(type)) return invalid_manifest("manifest.media-type", "it is a manifest, not an index");
  BERTH_TRY(std::vector<Descriptor> manifests, descriptors(json, "manifests"));
  Digest digest = digest_of(bytes);
  return Index{std::move(bytes), std::move(type), std::move(digest), std::move(manifests)};
}

}  // namespace berth::oci
