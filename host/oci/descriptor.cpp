#include "oci/descriptor.hpp"

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "oci/hasher.hpp"

namespace berth::oci {
namespace {

base::Error invalid(std::string cause) {
  return base::Error(base::ErrorClass::integrity, "descriptor.invalid", "invalid descriptor")
      .cause(std::move(cause));
}

base::Result<Digest> digest_in(const base::Json& json) {
  const base::Json* text = json.find_value("digest");
  if (text == nullptr || !text->is_string()) return invalid("its digest is missing");
  auto digest = Digest::parse(*text->as_string());
  if (digest) return digest;
  if (digest.error().code() == "digest.algorithm")
    return base::Error(base::ErrorClass::validation, "descriptor.algorithm",
                       digest.error().message())
        .cause(digest.error().cause() + "; found " + base::escape(*text->as_string(), 160));
  return invalid(digest.error().message());
}

base::Result<std::uint64_t> size_in(const base::Json& json) {
  const base::Json* size = json.find_value("size");
  if (size == nullptr || !size->as_uint())
    return invalid("its size is missing or not a non-negative integer");
  if (*size->as_uint() > static_cast<std::uint64_t>(INT64_MAX))
    return invalid("its size is too large");
  return *size->as_uint();
}

base::Result<std::string> media_type_in(const base::Json& json) {
  const base::Json* type = json.find_value("mediaType");
  if (type == nullptr) return std::string();
  if (!type->is_string()) return invalid("its media type is not a string");
  if (!base::is_clean_text(*type->as_string()))
    return invalid("its media type has control characters");
  return *type->as_string();
}

std::vector<std::string> urls_in(const base::Json& json) {
  std::vector<std::string> urls;
  const base::Json* list = json.find_value("urls");
  if (list == nullptr || !list->is_array()) return urls;
  for (const auto& url : *list->as_array())
    if (const auto* text = url.as_string()) urls.push_back(*text);
  return urls;
}

// Embedded data that does not match digest and size is ignored: the blob itself may match.
std::optional<std::string> data_in(const base::Json& json, const Digest& digest,
                                   std::uint64_t size) {
  const base::Json* text = json.find_value("data");
  if (text == nullptr || !text->is_string()) return std::nullopt;
  auto data = base::base64_decode(*text->as_string());
  if (!data || data->size() != size || !is_digest_of(digest, *data)) return std::nullopt;
  return data;
}

std::vector<std::pair<std::string, std::string>> annotations_of(const base::Json& json) {
  std::vector<std::pair<std::string, std::string>> annotations;
  const base::Json* member = json.find("annotations");
  const auto* entries = member != nullptr ? member->as_object() : nullptr;
  if (entries == nullptr) return annotations;
  for (const auto& [key, value] : *entries)
    if (const auto* text = value.as_string()) annotations.emplace_back(key, *text);
  return annotations;
}

}  // namespace

base::Result<Descriptor> Descriptor::from_json(const base::Json& json) {
  if (!json.is_object()) return invalid("it is not an object");
  BERTH_TRY(const std::uint64_t size, size_in(json));
  BERTH_TRY(auto digest, digest_in(json));
  BERTH_TRY(auto type, media_type_in(json));
  auto data = data_in(json, digest, size);
  const base::Json* platform = json.find_value("platform");
  return Descriptor{std::move(type),
                    std::move(digest),
                    size,
                    annotations_of(json),
                    platform != nullptr ? Platform::from_json(*platform) : std::nullopt,
                    urls_in(json),
                    json.string_or("artifactType", ""),
                    std::move(data)};
}

const std::string* Descriptor::annotation(std::string_view key) const {
  for (const auto& [name, value] : annotations)
    if (name == key) return &value;
  return nullptr;
}

const std::string* embedded_content(const Descriptor& descriptor) {
  static const std::string empty_object = "{}";
  static const Digest digest_of_empty_object = digest_of(empty_object);
  if (descriptor.data) return &*descriptor.data;
  const bool is_empty_object =
      descriptor.size == empty_object.size() && descriptor.digest == digest_of_empty_object;
  return is_empty_object ? &empty_object : nullptr;
}

namespace media_type {

bool is_index(std::string_view type) { return type == kOciIndex || type == kDockerList; }
bool is_manifest(std::string_view type) {
  return type == kOciManifest || type == kDockerManifest || is_artifact(type);
}
bool is_artifact(std::string_view type) { return type == kOciArtifact || type == kOrasArtifact; }
bool is_schema1(std::string_view type) {
  return type == "application/vnd.docker.distribution.manifest.v1+json" ||
         type == "application/vnd.docker.distribution.manifest.v1+prettyjws";
}
bool is_foreign_layer(std::string_view type) {
  return type.starts_with("application/vnd.docker.image.rootfs.foreign.") ||
         type.starts_with("application/vnd.oci.image.layer.nondistributable.");
}

}  // namespace media_type
}  // namespace berth::oci
