#include "image/docker_archive_manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/escape.hpp"
#include "base/json_parser.hpp"
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
constexpr std::uint64_t kMaxConfigBytes = std::uint64_t{64}
                                          << 20U;  // limit for selecting an image by platform

Error malformed_manifest(const std::string& place, std::string cause) {
  return Error(ErrorClass::integrity, "source.archive", place + " is a malformed docker archive")
      .cause(std::move(cause));
}

bool equal_ignoring_case(std::string_view one, std::string_view other) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

// docker load accepts "config" for "Config".
const Json* find_any_case(const Json& object, std::string_view key) {
  if (const Json* exact = object.find(key)) return exact;
  const auto* members = object.as_object();
  if (members == nullptr) return nullptr;
  const auto found = std::find_if(
      members->begin(), members->end(),
      [&](const Json::Member& member) { return equal_ignoring_case(member.first, key); });
  return found != members->end() ? &found->second : nullptr;
}

std::string config_of(const Json& item) {
  const Json* config = find_any_case(item, "Config");
  return config != nullptr && config->is_string() ? *config->as_string() : std::string();
}

// Returns the strings of a list that may be missing or null; std::nullopt if it contains other
// values.
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
  auto document = base::parse_json(base::replace_invalid_utf8(text), "manifest.json");
  if (!document)
    return malformed_manifest(index.path(),
                              document.error().message() + ": " + document.error().cause());
  if (document->is_null())
    return Error(ErrorClass::not_found, "source.empty", "no image in " + index.path())
        .cause("its manifest.json is null")
        .fix(
            "kaniko writes such an archive without --destination: build again with --destination "
            "NAME");
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
  if (config.empty())
    return malformed_manifest(index.path(), "the image in manifest.json has no config");
  if (!layers)
    return malformed_manifest(index.path(), "Layers in manifest.json is not a list of names");
  if (layers->size() > kMaxLayers)
    return malformed_manifest(index.path(), "the image has too many layers");
  for (auto& layer : *layers) layer = with_slashes(index, std::move(layer));
  return ArchivedImage{with_slashes(index, std::move(config)),
                       names.value_or(std::vector<std::string>()), std::move(*layers)};
}

// Equal for entries of the same image. Empty if the entry has no config, or its layers are not
// names.
std::string image_key(const Json& item) {
  const auto layers = string_list(item, "Layers");
  std::string key = config_of(item);
  if (key.empty() || !layers) return {};
  for (const auto& layer : *layers) key.append(1, '\0').append(layer);
  return key;
}

// The entries of manifest.json, grouped by image. Takes linear time for any content.
class ArchivedEntries {
 public:
  explicit ArchivedEntries(const Json::Array& items) : items_(items) {
    std::map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < items.size(); ++i) {
      auto key = image_key(items[i]);
      first_.push_back(key.empty() ? i : known.emplace(std::move(key), i).first->second);
    }
  }

  // Returns the first entry of the same image.
  [[nodiscard]] std::size_t first(std::size_t i) const { return first_[i]; }

  [[nodiscard]] bool are_one_image() const {
    return !items_.empty() &&
           std::all_of(first_.begin(), first_.end(), [](std::size_t first) { return first == 0; });
  }

  // Returns the names of each entry as written, with `selector` in place of an equivalent name.
  // Later entries of the same image have no names: the first has them all.
  [[nodiscard]] std::vector<std::vector<std::string>> names(const std::string& selector) const {
    const std::string canonical = canonical_name(selector);
    std::vector<std::vector<std::string>> names(items_.size());
    std::vector<std::set<std::string>> seen(items_.size());
    const auto add = [&](std::size_t i, const std::string& name) {
      if (seen[i].insert(name).second) names[i].push_back(name);
    };
    for (std::size_t i = 0; i < items_.size(); ++i)
      for (const auto& name :
           string_list(items_[i], "RepoTags").value_or(std::vector<std::string>())) {
        add(first_[i], name);
        if (!selector.empty() && canonical_name(name) == canonical) add(first_[i], selector);
      }
    return names;
  }

 private:
  const Json::Array& items_;
  std::vector<std::size_t> first_;
};

// Returns whether `selector` is one of the entry's names, or is empty.
bool is_selected(const std::vector<std::string>& names, const std::string& selector) {
  return selector.empty() || std::find(names.begin(), names.end(), selector) != names.end();
}

// Reads the platforms of configs. Reads each file once, and limits the total size.
class ConfigPlatforms {
 public:
  explicit ConfigPlatforms(const TarIndex& index) : index_(index) {}

  std::optional<oci::Platform> of(const Json& item) {
    const auto file = index_.find(with_slashes(index_, config_of(item)));
    if (!file) return std::nullopt;
    const auto [known, is_new] = by_offset_.emplace(file->offset, std::nullopt);
    if (!is_new || file->size > kMaxConfigBytes - bytes_) return known->second;
    bytes_ += file->size;
    const auto config = read_extent(*file, oci::kManifestLimit);
    if (config) known->second = oci::config_platform(*config);
    return known->second;
  }

 private:
  const TarIndex& index_;
  std::map<std::uint64_t, std::optional<oci::Platform>>
      by_offset_;  // by the position of the config file
  std::uint64_t bytes_ = 0;
};

// Returns the indexes of `names` that `selector` selects.
std::vector<std::size_t> selected_indexes(const std::vector<std::vector<std::string>>& names,
                                          const std::string& selector) {
  std::vector<std::size_t> indexes;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (is_selected(names[i], selector)) indexes.push_back(i);
  return indexes;
}

// If several of the `selected` items match, returns the only one of that platform. Archives of
// several platforms have one image for each, often with the same name (apko, RKE2, hauler).
std::optional<std::size_t> only_one_of_platform(const TarIndex& index, const Json::Array& items,
                                                const ArchivedEntries& entries,
                                                const std::vector<std::size_t>& selected,
                                                const oci::Platform& wanted) {
  ConfigPlatforms platforms(index);
  std::set<std::size_t> images;
  std::optional<std::size_t> found;
  for (const auto i : selected) {
    const auto platform = platforms.of(items[i]);
    if (platform && platform->matches(wanted) && images.insert(entries.first(i)).second && !found)
      found = i;
  }
  return images.size() == 1 ? found : std::nullopt;
}

}  // namespace

std::string canonical_name(const std::string& name) {
  const auto reference = oci::Reference::parse(name);
  if (!reference) return name;
  return reference->tag() || reference->digest() ? reference->str()
                                                 : reference->with_tag("latest").str();
}

base::Result<std::vector<std::vector<std::string>>> archived_names(const TarIndex& index) {
  BERTH_TRY(const auto document, read_list(index));
  return ArchivedEntries(*document.as_array()).names("");
}

base::Result<ArchivedImage> choose_archived_image(const TarIndex& index,
                                                  const std::string& selector,
                                                  const std::vector<oci::Platform>& platforms) {
  BERTH_TRY(const auto document, read_list(index));
  const auto& items = *document.as_array();
  const ArchivedEntries entries(items);
  if (selector.empty() && entries.are_one_image()) return read_image(index, items.front());
  const auto names = entries.names(selector);
  if (platforms.size() == 1)
    if (const auto only = only_one_of_platform(
            index, items, entries, selected_indexes(names, selector), platforms.front()))
      return read_image(index, items[*only]);
  BERTH_TRY(const auto chosen, select_image(names, selector, index.path()));
  return read_image(index, items[chosen]);
}

}  // namespace berth::image
