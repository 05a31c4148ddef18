#include "store/document.hpp"

#include <fmt/format.h>

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

const Json::Array& list_of(const Json& document, std::string_view key) {
  static const Json::Array none;
  const Json* list = document.find(key);
  return list != nullptr && list->is_array() ? *list->as_array() : none;
}

base::Result<ContainerRegistry> parse_registry(const Json& item, const std::string& path) {
  auto uri = oci::RegistryUri::parse(item.string_or("uri", ""));
  if (!uri) return broken(path, uri.error().message());
  ContainerRegistry registry{
      item.string_or("name", ""), item.string_or("flavor", ""), std::move(*uri), Json::object(), {}};
  if (auto valid = check_name(registry.name); !valid) return broken(path, valid.error().message());
  if (registry.flavor.empty()) return broken(path, registry.name + " has no flavor");
  if (const Json* settings = item.find("settings"); settings != nullptr && settings->is_object())
    registry.settings = *settings;
  if (const Json* labels = item.find("labels"); labels != nullptr && labels->is_object())
    for (const auto& [key, value] : *labels->as_object())
      if (value.is_string()) registry.labels.emplace_back(key, *value.as_string());
  return registry;
}

Pin parse_pin(const Json& item) {
  Pin pin{item.string_or("path", ""), item.string_or("sha256", ""), item.string_or("flavor", ""), {}};
  for (const auto& permission : list_of(item, "permissions"))
    if (permission.is_string()) pin.permissions.push_back(*permission.as_string());
  return pin;
}

// The object of `list` whose `key` is `value`, to keep what this version does not know of it.
Json kept(const Json::Array& list, std::string_view key, const std::string& value) {
  for (const auto& item : list)
    if (item.is_object() && item.string_or(key, "") == value) return item;
  return Json::object();
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
  if (!number) return broken(path, "it has no version");
  if (*number > kVersion)
    return Error(ErrorClass::disk, "store.newer", path + " was written by a newer berth")
        .cause(fmt::format("its version is {}; this berth knows {}", *number, kVersion))
        .fix("install that berth, or use another --config-dir");
  return std::move(*document);
}

base::Result<Contents> contents_of(const Json& document, const std::string& path) {
  Contents contents;
  contents.active = document.string_or("active", "");
  for (const auto& item : list_of(document, "container_registries")) {
    BERTH_TRY(auto registry, parse_registry(item, path));
    contents.container_registries.push_back(std::move(registry));
  }
  for (const auto& item : list_of(document, "plugins")) contents.pins.push_back(parse_pin(item));
  return contents;
}

void write_contents(const Contents& contents, Json& document) {
  Json registries = Json::array();
  for (const auto& registry : contents.container_registries) {
    Json item = kept(list_of(document, "container_registries"), "name", registry.name);
    item.set("name", registry.name);
    item.set("flavor", registry.flavor);
    item.set("uri", registry.uri.str());
    item.set("settings", registry.settings);
    item.set("labels", labels_json(registry));
    registries.push_back(std::move(item));
  }
  Json pins = Json::array();
  for (const auto& pin : contents.pins) {
    Json item = kept(list_of(document, "plugins"), "path", pin.path);
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
