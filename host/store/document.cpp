#include "store/document.hpp"

#include <fmt/format.h>

#include <set>

namespace berth::store {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;

constexpr std::int64_t kVersion = 1;

Error broken(const std::string& path, std::string cause) {
  return Error(ErrorClass::disk, "store.broken", path + " is not what berth writes")
      .cause(std::move(cause))
      .fix("mend it, or move it away");
}

// A member that may be missing, but not be of another type: it would be lost with the next change.
base::Result<Json> member_of(const Json& owner, std::string_view key, Json none, const std::string& path) {
  const Json* member = owner.find(key);
  if (member == nullptr) return none;
  const bool same = member->is_array() == none.is_array() && member->is_object() == none.is_object() &&
                    member->is_string() == none.is_string();
  if (!same) return broken(path, fmt::format("{} is of another type", key));
  return *member;
}

base::Result<ContainerRegistry> parse_registry(const Json& item, const std::string& path) {
  auto uri = oci::RegistryUri::parse(item.string_or("uri", ""));
  if (!uri) return broken(path, uri.error().message());
  ContainerRegistry registry{
      item.string_or("name", ""), item.string_or("flavor", ""), std::move(*uri), Json::object(), {}, item};
  if (auto valid = check_name(registry.name); !valid) return broken(path, valid.error().message());
  if (registry.flavor.empty()) return broken(path, registry.name + " has no flavor");
  BERTH_TRY(registry.settings, member_of(item, "settings", Json::object(), path));
  BERTH_TRY(const auto labels, member_of(item, "labels", Json::object(), path));
  for (const auto& [key, value] : *labels.as_object()) {
    if (!value.is_string()) return broken(path, fmt::format("label {} of {} is no string", key, registry.name));
    registry.labels.emplace_back(key, *value.as_string());
  }
  return registry;
}

base::Result<Pin> parse_pin(const Json& item, const std::string& path) {
  Pin pin{item.string_or("path", ""), item.string_or("sha256", ""), item.string_or("flavor", ""), {}, item};
  if (pin.path.empty() || pin.sha256.empty() || pin.flavor.empty())
    return broken(path, "a plugin lacks its path, its sha256 or its flavor");
  BERTH_TRY(const auto permissions, member_of(item, "permissions", Json::array(), path));
  for (const auto& permission : *permissions.as_array()) {
    if (!permission.is_string()) return broken(path, "a permission of " + pin.path + " is no string");
    pin.permissions.push_back(*permission.as_string());
  }
  return pin;
}

base::Result<void> check_names(const Contents& contents, const std::string& path) {
  std::set<std::string> names;
  for (const auto& registry : contents.container_registries)
    if (!names.insert(registry.name).second) return broken(path, "it has " + registry.name + " twice");
  if (!contents.active.empty() && names.count(contents.active) == 0)
    return broken(path, "the active container registry is not in it");
  return {};
}

Json labels_json(const ContainerRegistry& registry) {
  Json labels = Json::object();
  for (const auto& [key, value] : registry.labels) labels.set(key, value);
  return labels;
}

}  // namespace

Json empty_document() {
  return Json::object(
      {{"version", kVersion}, {"active", ""}, {"container_registries", Json::array()}, {"plugins", Json::array()}});
}

base::Result<Json> parse_document(std::string_view text, const std::string& path) {
  auto document = Json::parse(text, "registries.json");
  if (!document) return broken(path, document.error().message() + ": " + document.error().cause());
  const Json* version = document->find("version");
  const auto number = version != nullptr ? version->as_int() : std::nullopt;
  if (!number || *number < 1) return broken(path, "it has no version");
  if (*number > kVersion)
    return Error(ErrorClass::disk, "store.newer", path + " was written by a newer berth")
        .cause(fmt::format("its version is {}; this berth knows {}", *number, kVersion))
        .fix("install that berth, or use another --config-dir");
  return std::move(*document);
}

base::Result<Contents> contents_of(const Json& document, const std::string& path) {
  Contents contents;
  BERTH_TRY(const auto active, member_of(document, "active", "", path));
  contents.active = *active.as_string();
  BERTH_TRY(const auto registries, member_of(document, "container_registries", Json::array(), path));
  for (const auto& item : *registries.as_array()) {
    BERTH_TRY(auto registry, parse_registry(item, path));
    contents.container_registries.push_back(std::move(registry));
  }
  BERTH_TRY(const auto plugins, member_of(document, "plugins", Json::array(), path));
  for (const auto& item : *plugins.as_array()) {
    BERTH_TRY(auto pin, parse_pin(item, path));
    contents.pins.push_back(std::move(pin));
  }
  BERTH_CHECK(check_names(contents, path));
  return contents;
}

void write_contents(const Contents& contents, Json& document) {
  Json registries = Json::array();
  for (const auto& registry : contents.container_registries) {
    Json item = registry.stored;
    item.set("name", registry.name);
    item.set("flavor", registry.flavor);
    item.set("uri", registry.uri.str());
    item.set("settings", registry.settings);
    item.set("labels", labels_json(registry));
    registries.push_back(std::move(item));
  }
  Json pins = Json::array();
  for (const auto& pin : contents.pins) {
    Json item = pin.stored;
    item.set("path", pin.path);
    item.set("sha256", pin.sha256);
    item.set("flavor", pin.flavor);
    Json permissions = Json::array();
    for (const auto& permission : pin.permissions) permissions.push_back(permission);
    item.set("permissions", std::move(permissions));
    pins.push_back(std::move(item));
  }
  document.set("active", contents.active);
  document.set("container_registries", std::move(registries));
  document.set("plugins", std::move(pins));
}

}  // namespace berth::store
