#include "image/docker_archive_manifest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.hpp"
#include "base/json.hpp"
#include "image/selection.hpp"
#include "oci/image_config.hpp"
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

bool equal_ignoring_case(std::string_view one, std::string_view other) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

// docker load reads "config" as "Config".
const Json* find_any_case(const Json& object, std::string_view key) {
  if (const Json* exact = object.find(key)) return exact;
  const auto* members = object.as_object();
  if (members == nullptr) return nullptr;
  const auto found = std::find_if(members->begin(), members->end(),
                                  [&](const Json::Member& member) { return equal_ignoring_case(member.first, key); });
  return found != members->end() ? &found->second : nullptr;
}

std::string config_of(const Json& item) {
  const Json* config = find_any_case(item, "Config");
  return config != nullptr && config->is_string() ? *config->as_string() : std::string();
}

// The strings of a list that may be absent or null; std::nullopt if it holds anything else.
std::optional<std::vector<std::string>> string_list(const Json& object, std::string_view key) {
  std::vector<std::string> result;
  const Json* list = find_any_case(object, key);
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
  if (document->is_null())
    return Error(ErrorClass::not_found, "source.empty", "there is no image in " + index.path())
        .cause("its manifest.json is null")
        .fix("kaniko writes such an archive without --destination: build again with --destination NAME");
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
  std::string config = config_of(item);
  if (config.empty()) return malformed_manifest(index.path(), "the image in manifest.json has no config");
  if (!layers) return malformed_manifest(index.path(), "Layers in manifest.json is not a list of names");
  if (layers->size() > kMaxLayers) return malformed_manifest(index.path(), "the image has too many layers");
  for (auto& layer : *layers) layer = with_slashes(index, std::move(layer));
  return ArchivedImage{with_slashes(index, std::move(config)), names.value_or(std::vector<std::string>()),
                       std::move(*layers)};
}

bool is_same_image(const Json& one, const Json& other) {
  const auto layers = string_list(one, "Layers");
  const auto config = config_of(one);
  return !config.empty() && config == config_of(other) && layers && layers == string_list(other, "Layers");
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

// Whether the entry has `selector` among its names, or any if that is empty.
bool is_selected(const std::vector<std::string>& names, const std::string& selector) {
  return selector.empty() || std::find(names.begin(), names.end(), selector) != names.end();
}

std::optional<oci::Platform> platform_of_entry(const TarIndex& index, const Json& item) {
  const auto file = index.find(with_slashes(index, config_of(item)));
  if (!file) return std::nullopt;
  const auto config = read_extent(*file, oci::kManifestLimit);
  return config ? oci::config_platform(*config) : std::nullopt;
}

// Where several images are left: the only one of that platform. Archives of several platforms have one image for each,
// often of the same name (apko, RKE2, hauler).
std::optional<std::size_t> only_one_of_platform(const TarIndex& index, const Json::Array& items,
                                                const std::vector<std::vector<std::string>>& names,
                                                const std::string& selector, const oci::Platform& wanted) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!is_selected(names[i], selector)) continue;
    const auto platform = platform_of_entry(index, items[i]);
    if (platform && platform->matches(wanted) &&
        std::none_of(found.begin(), found.end(), [&](auto at) { return is_same_image(items[at], items[i]); }))
      found.push_back(i);
  }
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
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

base::Result<ArchivedImage> choose_archived_image(const TarIndex& index, const std::string& selector,
                                                  const std::vector<oci::Platform>& platforms) {
  BERTH_TRY(const auto document, read_list(index));
  const auto& items = *document.as_array();
  if (selector.empty() && are_one_image(items)) return read_image(index, items.front());
  const auto names = names_of(items, selector);
  if (platforms.size() == 1)
    if (const auto only = only_one_of_platform(index, items, names, selector, platforms.front()))
      return read_image(index, items[*only]);
  BERTH_TRY(const auto chosen, select_image(names, selector, index.path()));
  return read_image(index, items[chosen]);
}

}  // namespace berth::image
