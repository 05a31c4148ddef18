#include "store/document.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.hpp"
#include "base/json_parser.hpp"

namespace berth::store {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;

constexpr std::int64_t kVersion = 1;
using Kind = UnusableEntry::Kind;

Error broken(const std::string& path, std::string cause) {
  return Error(ErrorClass::disk, "store.broken", path + " is malformed")
      .cause(std::move(cause))
      .fix("fix or remove the file");
}

// Why an entry is malformed.
Error malformed(std::string reason) {
  return Error(ErrorClass::disk, "store.entry", std::move(reason));
}

// Returns a member, or `fallback` if it is missing. Fails if it has another type than `fallback`.
base::Result<Json> member_of(const Json& owner, std::string_view key, Json fallback) {
  const Json* member = owner.find(key);
  if (member == nullptr) return fallback;
  const bool same = member->is_array() == fallback.is_array() &&
                    member->is_object() == fallback.is_object() &&
                    member->is_string() == fallback.is_string();
  if (!same) return malformed(fmt::format("its {} have the wrong type", key));
  return *member;
}

base::Result<ContainerRegistry> parse_registry(const Json& item) {
  if (!item.is_object()) return malformed("it is not an object");
  const std::string name = item.string_or("name", "");
  if (auto valid = check_name(name); !valid) return malformed(valid.error().message());
  auto uri = oci::RegistryUri::parse(item.string_or("uri", ""));
  if (!uri) return malformed(fmt::format("{}: {}", uri.error().message(), uri.error().cause()));
  ContainerRegistry registry{
      name, item.string_or("flavor", ""), std::move(*uri), Json::object(), {}, item};
  if (registry.flavor.empty()) return malformed("it has no flavor");
  BERTH_TRY(registry.settings, member_of(item, "settings", Json::object()));
  BERTH_TRY(const auto labels, member_of(item, "labels", Json::object()));
  for (const auto& [key, value] : *labels.as_object()) {
    if (!value.is_string())
      return malformed(fmt::format("its label {} is not a string", base::quote(key, 80)));
    registry.labels.emplace_back(key, *value.as_string());
  }
  return registry;
}

base::Result<Pin> parse_pin(const Json& item) {
  if (!item.is_object()) return malformed("it is not an object");
  Pin pin{item.string_or("path", ""),
          item.string_or("sha256", ""),
          item.string_or("flavor", ""),
          {},
          item};
  for (const char* key : {"path", "sha256", "flavor"})
    if (item.string_or(key, "").empty()) return malformed(fmt::format("it has no {}", key));
  BERTH_TRY(const auto permissions, member_of(item, "permissions", Json::array()));
  for (const auto& permission : *permissions.as_array()) {
    if (!permission.is_string()) return malformed("one of its permissions is not a string");
    pin.permissions.push_back(*permission.as_string());
  }
  const Json* development = item.find("development");
  pin.development = development != nullptr && development->as_bool().value_or(false);
  return pin;
}

UnusableEntry unusable(Kind kind, const Json& item, std::size_t position, std::string reason,
                       const std::string& path) {
  const bool is_registry = kind == Kind::container_registry;
  UnusableEntry entry{
      kind,    item.string_or(is_registry ? "name" : "flavor", ""), std::move(reason), {}, item,
      position};
  entry.described = fmt::format(
      "{} {} in {}", is_registry ? "container registry" : "plugin",
      entry.name.empty() ? fmt::format("{}", position + 1) : base::quote(entry.name, 80), path);
  return entry;
}

const Json::Array& entries_of(const Json& document, std::string_view key) {
  static const Json::Array none;
  const Json* list = document.find(key);
  return list != nullptr ? *list->as_array() : none;
}

// Adds the entries of a list of the document to `contents`; those that `add` rejects become
// unusable.
template <typename Add>
void read_entries(const Json& document, Kind kind, const std::string& path, Contents& contents,
                  const Add& add) {
  std::size_t position = 0;
  for (const auto& item :
       entries_of(document, kind == Kind::plugin ? "plugins" : "container_registries")) {
    if (const auto added = add(item); !added)
      contents.unusable.push_back(unusable(kind, item, position, added.error().message(), path));
    ++position;
  }
}

void read_registries(const Json& document, const std::string& path, Contents& contents) {
  read_entries(document, Kind::container_registry, path, contents,
               [&](const Json& item) -> base::Result<void> {
                 BERTH_TRY(auto registry, parse_registry(item));
                 if (contents.registered(registry.name) != nullptr)
                   return malformed("another entry has the same name");
                 contents.container_registries.push_back(std::move(registry));
                 return {};
               });
}

void read_pins(const Json& document, const std::string& path, Contents& contents) {
  read_entries(document, Kind::plugin, path, contents, [&](const Json& item) -> base::Result<void> {
    BERTH_TRY(auto pin, parse_pin(item));
    contents.pins.push_back(std::move(pin));
    return {};
  });
}

void read_active(const Json& document, const std::string& path, Contents& contents) {
  const Json* active = document.find("active");
  if (active == nullptr) return;
  const std::string* name = active->as_string();
  if (name != nullptr && (name->empty() || contents.registered(*name) != nullptr ||
                          contents.find_unusable(*name) != nullptr)) {
    contents.active = *name;
    return;
  }
  contents.unusable.push_back(
      {Kind::active,
       {},
       name != nullptr ? base::quote(*name, 80) + " is not registered" : "it is not a string",
       "the active container registry in " + path,
       *active,
       0});
}

Json labels_json(const ContainerRegistry& registry) {
  Json labels = Json::object();
  for (const auto& [key, value] : registry.labels) labels.set(key, value);
  return labels;
}

Json registry_entry(const ContainerRegistry& registry) {
  Json item = registry.stored;
  item.set("name", registry.name);
  item.set("flavor", registry.flavor);
  item.set("uri", registry.uri.str());
  item.set("settings", registry.settings);
  item.set("labels", labels_json(registry));
  return item;
}

Json pin_entry(const Pin& pin) {
  Json item = pin.stored;
  item.set("path", pin.path);
  item.set("sha256", pin.sha256);
  item.erase("development");
  if (pin.development) item.set("development", true);
  item.set("flavor", pin.flavor);
  Json permissions = Json::array();
  for (const auto& permission : pin.permissions) permissions.push_back(permission);
  item.set("permissions", std::move(permissions));
  return item;
}

// Returns `usable` with the unusable entries of that kind at their positions.
Json with_unusable(Json::Array usable, const Contents& contents, Kind kind) {
  for (const auto& entry : contents.unusable) {
    if (entry.kind != kind) continue;
    const auto position = std::min(entry.position, usable.size());
    usable.insert(usable.begin() + static_cast<std::ptrdiff_t>(position), entry.stored);
  }
  return usable;
}

}  // namespace

Json empty_document() {
  return Json::object({{"version", kVersion},
                       {"active", ""},
                       {"container_registries", Json::array()},
                       {"plugins", Json::array()}});
}

base::Result<Json> parse_document(std::string_view text, const std::string& path) {
  auto document = base::parse_json(text, "registries.json");
  if (!document) return broken(path, document.error().message() + ": " + document.error().cause());
  const Json* version = document->find("version");
  const auto number = version != nullptr ? version->as_int() : std::nullopt;
  if (!number || *number < 1) return broken(path, "it has no version");
  if (*number > kVersion)
    return Error(ErrorClass::disk, "store.newer", path + " was written by a newer berth")
        .cause(fmt::format("its version is {}; this berth supports {}", *number, kVersion))
        .fix("install the newer version, or pass another --config-dir");
  return std::move(*document);
}

base::Result<Contents> contents_of(const Json& document, const std::string& path) {
  for (const char* key : {"container_registries", "plugins"})
    if (const Json* list = document.find(key); list != nullptr && !list->is_array())
      return broken(path, fmt::format("{} is not a list", key));
  Contents contents;
  read_registries(document, path, contents);
  read_pins(document, path, contents);
  read_active(document, path, contents);
  return contents;
}

void write_contents(const Contents& contents, Json& document) {
  Json::Array registries;
  for (const auto& registry : contents.container_registries)
    registries.push_back(registry_entry(registry));
  Json::Array pins;
  for (const auto& pin : contents.pins) pins.push_back(pin_entry(pin));
  Json active = contents.active;
  for (const auto& entry : contents.unusable)
    if (entry.kind == Kind::active && contents.active.empty()) active = entry.stored;
  document.set("active", std::move(active));
  document.set("container_registries",
               with_unusable(std::move(registries), contents, Kind::container_registry));
  document.set("plugins", with_unusable(std::move(pins), contents, Kind::plugin));
}

}  // namespace berth::store
