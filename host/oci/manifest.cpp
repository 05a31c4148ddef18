#include "oci/manifest.hpp"

#include "base/escape.hpp"
#include "base/json_parser.hpp"
#include "oci/hasher.hpp"

namespace berth::oci {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;

enum class Shape { manifest, index, unknown };

Error invalid_manifest(std::string code, std::string cause) {
  return Error(ErrorClass::integrity, std::move(code), "invalid manifest").cause(std::move(cause));
}

Error schema1() {
  return Error(ErrorClass::validation, "manifest.schema1",
               "Docker schema 1 manifests are not supported")
      .cause(
          "registries no longer accept manifests of schema version 1, and berth does not convert "
          "them")
      .fix(
          "convert it: docker pull and docker push it again, or: skopeo copy --format v2s2 "
          "docker://SOURCE "
          "docker://DESTINATION");
}

base::Result<void> check_version(const Json& json) {
  const Json* version = json.find_value("schemaVersion");
  if (version == nullptr || version->as_int() == 2) return {};
  if (version->as_int() == 1 || json.find_value("fsLayers") != nullptr) return schema1();
  return Error(ErrorClass::validation, "manifest.schema-version",
               "unsupported manifest schemaVersion")
      .cause("it is " + version->dump() + ", expected 2");
}

base::Result<Json> parse_json(std::string_view bytes) {
  if (bytes.size() > kManifestLimit)
    return Error(ErrorClass::validation, "manifest.too-large", "the manifest is too large")
        .cause("it has more than 4 MiB, which registries reject");
  auto json = base::parse_json(bytes, "the manifest");
  if (!json) return invalid_manifest("manifest.json", json.error().cause());
  if (!json->is_object()) return invalid_manifest("manifest.json", "it is not an object");
  BERTH_CHECK(check_version(*json));
  // A document that two readers could interpret differently must not be pushed (CVE-2021-41190).
  if (json->find_value("manifests") != nullptr &&
      (json->find_value("layers") != nullptr || json->find_value("config") != nullptr))
    return invalid_manifest("manifest.ambiguous", "it has both manifests and layers");
  return json;
}

Shape shape_of_type(std::string_view type) {
  if (media_type::is_index(type)) return Shape::index;
  return media_type::is_manifest(type) ? Shape::manifest : Shape::unknown;
}

Shape shape_of_members(const Json& json) {
  if (json.find_value("manifests") != nullptr) return Shape::index;
  for (const char* name : {"config", "layers", "blobs"})
    if (json.find_value(name) != nullptr) return Shape::manifest;
  return Shape::unknown;
}

bool contradict(Shape a, Shape b) { return a != Shape::unknown && b != Shape::unknown && a != b; }

bool is_generic(std::string_view type) {
  return type.empty() || type == "application/json" || type == "application/octet-stream" ||
         type == "text/plain";
}

struct Kind {
  Shape shape;
  std::string media_type;
};

// Determines the kind from the document's own mediaType, the media type it was sent with and its
// members, which must agree.
base::Result<Kind> kind_of(const Json& json, std::string_view announced) {
  const Json* own = json.find_value("mediaType");
  if (own != nullptr && !own->is_string())
    return invalid_manifest("manifest.media-type", "its mediaType is not a string");
  std::string type = own != nullptr ? *own->as_string() : "";
  if (type.empty() && !is_generic(announced)) type = announced;
  if (media_type::is_schema1(type)) return schema1();
  const Shape members = shape_of_members(json);
  Shape shape = shape_of_type(type);
  if (contradict(shape, members))
    return invalid_manifest("manifest.media-type",
                            "its media type is " + base::quote(type, 120) + ", and it has " +
                                (members == Shape::index ? "manifests" : "a config or layers"));
  if (contradict(shape, shape_of_type(announced)))
    return invalid_manifest("manifest.media-type",
                            "its mediaType is " + base::quote(type, 120) +
                                "; its descriptor or Content-Type declares " +
                                base::quote(announced, 120));
  if (shape == Shape::unknown) shape = members;
  if (type.empty()) type = shape == Shape::index ? media_type::kOciIndex : media_type::kOciManifest;
  return Kind{shape, std::move(type)};
}

base::Result<Descriptor> descriptor(const Json& json, std::string_view member) {
  auto parsed = Descriptor::from_json(json);
  if (parsed || parsed.error().error_class() == ErrorClass::validation) return parsed;
  return invalid_manifest("manifest." + std::string(member), parsed.error().cause());
}

base::Result<std::optional<Descriptor>> optional_descriptor(const Json& json,
                                                            std::string_view member) {
  const Json* value = json.find_value(member);
  if (value == nullptr) return std::optional<Descriptor>();
  BERTH_TRY(auto parsed, descriptor(*value, member));
  return std::optional(std::move(parsed));
}

base::Result<void> append_descriptors(const Json& json, std::string_view member,
                                      std::vector<Descriptor>& result) {
  const Json* list = json.find_value(member);
  if (list == nullptr) return {};
  if (!list->is_array())
    return invalid_manifest("manifest." + std::string(member),
                            std::string(member) + " is not a list");
  for (const auto& item : *list->as_array()) {
    BERTH_TRY(auto parsed, descriptor(item, member));
    result.push_back(std::move(parsed));
  }
  return {};
}

base::Result<Document> manifest_of(std::string bytes, const Json& json, std::string media_type) {
  BERTH_TRY(auto config, optional_descriptor(json, "config"));
  const bool has_config =
      media_type == media_type::kOciManifest || media_type == media_type::kDockerManifest;
  if (!config && has_config) return invalid_manifest("manifest.config", "it has no config");
  BERTH_TRY(auto subject, optional_descriptor(json, "subject"));
  std::vector<Descriptor> layers;
  BERTH_CHECK(append_descriptors(json, "layers", layers));
  BERTH_CHECK(append_descriptors(json, "blobs", layers));
  Digest digest = digest_of(bytes);
  return Document(Manifest{std::move(bytes), std::move(media_type), std::move(digest),
                           std::move(config), std::move(layers), std::move(subject),
                           json.string_or("artifactType", "")});
}

base::Result<Document> index_of(std::string bytes, const Json& json, std::string media_type) {
  std::vector<Descriptor> manifests;
  BERTH_CHECK(append_descriptors(json, "manifests", manifests));
  Digest digest = digest_of(bytes);
  return Document(
      Index{std::move(bytes), std::move(media_type), std::move(digest), std::move(manifests)});
}

}  // namespace

base::Result<Document> parse_document(std::string bytes, std::string_view media_type) {
  BERTH_TRY(const Json json, parse_json(bytes));
  BERTH_TRY(auto kind, kind_of(json, media_type));
  if (kind.shape == Shape::index)
    return index_of(std::move(bytes), json, std::move(kind.media_type));
  if (kind.shape == Shape::manifest)
    return manifest_of(std::move(bytes), json, std::move(kind.media_type));
  return invalid_manifest("manifest.members", "it has neither config, layers nor manifests");
}

base::Result<Manifest> parse_manifest(std::string bytes, std::string_view media_type) {
  BERTH_TRY(auto document, parse_document(std::move(bytes), media_type));
  if (auto* manifest = std::get_if<Manifest>(&document)) return std::move(*manifest);
  return invalid_manifest("manifest.media-type", "it is an index, not a manifest");
}

base::Result<Index> parse_index(std::string bytes, std::string_view media_type) {
  BERTH_TRY(auto document, parse_document(std::move(bytes), media_type));
  if (auto* index = std::get_if<Index>(&document)) return std::move(*index);
  return invalid_manifest("manifest.media-type", "it is a manifest, not an index");
}

}  // namespace berth::oci
