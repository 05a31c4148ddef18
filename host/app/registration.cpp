#include "app/registration.hpp"

#include <fmt/format.h>

#include <boost/filesystem.hpp>

#include "app/find_target.hpp"
#include "app/running_flavor.hpp"
#include "app/target.hpp"
#include "base/file_io.hpp"
#include "flavor/flavor_settings.hpp"

namespace berth::app {
namespace {

// A path holds from wherever berth is called next.
base::Json stored_value(const std::string& key, const base::Json& value) {
  const std::string* path =
      key == "ca-file" || key == "credential-file" ? value.as_string() : nullptr;
  if (path == nullptr || path->empty()) return value;
  return boost::filesystem::absolute(*path).string();
}

base::Result<std::vector<flavor::Setting>> schema_of(const store::ContainerRegistry& registry,
                                                     const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto* flavor, index.find(registry.flavor));
  return flavor::settings_of(flavor->metadata->settings_schema);
}

}  // namespace

base::Result<void> set_settings(store::ContainerRegistry& registry,
                                const std::vector<std::pair<std::string, std::string>>& given,
                                const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto schema, schema_of(registry, index));
  BERTH_TRY(const auto values, flavor::parse_settings(schema, given));
  for (const auto& setting : schema)
    if (setting.secret && values.find(setting.name) != nullptr)
      return base::Error(base::ErrorClass::usage, "setting.secret",
                         "setting " + setting.name + " is a secret and is never stored")
          .fix(fmt::format("pass it to each command: --flavor {} --set {}=@FILE", registry.flavor,
                           setting.name));
  for (const auto& [key, value] : *values.as_object())
    registry.settings.set(key, stored_value(key, value));
  return {};
}

base::Result<void> unset_settings(store::ContainerRegistry& registry,
                                  const std::vector<std::string>& names,
                                  const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto schema, schema_of(registry, index));
  for (const auto& name : names) {
    if (registry.settings.erase(name)) continue;  // also one that the flavor does not have any more
    BERTH_CHECK(flavor::check_setting_name(schema, name));
    return base::Error(base::ErrorClass::usage, "setting.unset",
                       fmt::format("setting {} is not set", name));
  }
  return {};
}

base::Result<void> try_registration(const App& app, const store::ContainerRegistry& registry,
                                    const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto schema, schema_of(registry, index));
  BERTH_CHECK(flavor::check_settings(schema, registry.settings));
  BERTH_CHECK(check_uri_kind(registry.uri, registry.flavor));
  if (const auto ca_file = registry.settings.string_or("ca-file", ""); !ca_file.empty()) {
    const auto readable = base::open_for_reading(ca_file);
    if (!readable)
      return base::Error(base::ErrorClass::usage, "usage.ca-file",
                         "setting ca-file: " + readable.error().message())
          .cause(readable.error().cause())
          .fix("specify a PEM file of CA certificates");
  }
  BERTH_TRY(const auto* flavor, index.find(registry.flavor));
  BERTH_TRY(auto plugin, start_plugin(app, *flavor, registry.uri, registry.settings));
  return plugin.close();
}

base::Result<store::ContainerRegistry*> find_to_change(store::Contents& contents,
                                                       const std::string& name) {
  BERTH_TRY(const auto* found, contents.find(name));
  return &contents.container_registries[static_cast<std::size_t>(
      found - contents.container_registries.data())];
}

}  // namespace berth::app
