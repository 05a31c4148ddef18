#include "image/docker_archive_manifest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.hpp"
#include "base/json.hpp"
#include "image/selection.hpp"
#include "oci/manifest.hpp"
#include "oci/reference.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;

constexpr std::size_t kMaxLayers = 1000;

Error malformed_manifest(const std::string& place, std::string cause) {
  return Error(ErrorClass::integrity, "source.archive", place + " is a broken docker archive").cause(std::move(cause));
}

// The strings of a list that may be absent or null; std::nullopt if it holds anything else.
std::optional<std::vector<std::string>> string_list(const Json& object, std::string_view key) {
  std::vector<std::string> result;
  const Json* list = object.find(key);
  if (list == nullptr || list->is_null()) return result;
  if (!list->is_array()) return std::nullopt;
  for (const auto& item : *list->as_array()) {
    if (!item.is_string()) return std::nullopt;
    result.push_back(*item.as_string());
  }
  return result;
}

base::Result<Json> read_list(const TarIndex& index) {
  BERTH_TRY(const auto file, index.get("manifest.json"));
  BERTH_TRY(const auto text, read_extent(file, oci::kManifestLimit));
  auto document = Json::parse(base::replace_invalid_utf8(text), "manifest.json");
  if (!document) return malformed_manifest(index.path(), document.error().message() + ": " + document.error().cause());
  if (!document->is_array()) return malformed_manifest(index.path(), "manifest.json is not a list");
  return document;
}

// Docker on Windows wrote "ID\layer.tar" for the entry ID/layer.tar.
std::string with_slashes(const TarIndex& index, std::string name) {
  if (name.find('\\') == std::string::npos || index.contains(name)) return name;
  std::replace(name.begin(), name.end(), '\\', '/');
  return name;
}

base::Result<ArchivedImage> read_image(const TarIndex& index, const Json& item) {
  const auto names = string_list(item, "RepoTags");
  auto layers = string_list(item, "Layers");
  std::string config = item.string_or("Config", "");
  if (config.empty()) return malformed_manifest(index.path(), "the image in manifest.json has no config");
  if (!layers) return malformed_manifest(index.path(), "Layers in manifest.json is not a list of names");
  if (layers->size() > kMaxLayers) return malformed_manifest(index.path(), "the image has too many layers");
  for (auto& layer : *layers) layer = with_slashes(index, std::move(layer));
  return ArchivedImage{with_slashes(index, std::move(config)), names.value_or(std::vector<std::string>()),
                       std::move(*layers)};
}

bool is_same_image(const Json& one, const Json& other) {
  const auto layers = string_list(one, "Layers");
  const auto config = one.string_or("Config", "");
  return !config.empty() && config == other.string_or("Config", "") && layers && layers == string_list(other, "Layers");
}

// The names of each entry, as they are written, and `selector` where one of them is equivalent to it. A later entry of
// the same image has none: they belong to the first.
std::vector<std::vector<std::string>> names_of(const Json::Array& items, const std::string& selector) {
  std::vector<std::vector<std::string>> names(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::size_t first = 0;
    while (first < i && !is_same_image(items[first], items[i])) ++first;
    for (auto& name : string_list(items[i], "RepoTags").value_or(std::vector<std::string>())) {
      auto& own = names[first];
      const bool selected = !selector.empty() && canonical_name(selector) == canonical_name(name);
      if (std::find(own.begin(), own.end(), name) == own.end()) own.push_back(std::move(name));
      if (selected && std::find(own.begin(), own.end(), selector) == own.end()) own.push_back(selector);
    }
  }
  return names;
}

bool are_one_image(const Json::Array& items) {
  return !items.empty() &&
         std::all_of(items.begin(), items.end(), [&](const Json& item) { return is_same_image(items.front(), item); });
}

}  // namespace

std::string canonical_name(const std::string& name) {
  const auto reference = oci::Reference::parse(name);
  if (!reference) return name;
  return reference->tag() || reference->digest() ? reference->str() : reference->with_tag("latest").str();
}

base::Result<ArchivedImage> choose_archived_image(const TarIndex& index, const std::string& selector) {
  BERTH_TRY(const auto document, read_list(index));
  const auto& items = *document.as_array();
  if (selector.empty() && are_one_image(items)) return read_image(index, items.front());
  BERTH_TRY(const auto chosen, select_image(names_of(items, selector), selector, index.path()));
  return read_image(index, items[chosen]);
}

}  // namespace berth::image
