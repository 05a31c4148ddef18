#include "cli/registration.hpp"

#include "cli/workspace.hpp"
#include "flavor/settings.hpp"

namespace berth::cli {
namespace {

constexpr const char* kLayout = "layout";

base::Result<std::vector<flavor::Setting>> schema_of(const store::ContainerRegistry& registry,
                                                     const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto* flavor, index.find(registry.flavor));
  return flavor::settings_of(flavor->metadata->settings_schema);
}

}  // namespace

base::Result<void> set_settings(store::ContainerRegistry& registry,
                                const std::vector<std::pair<std::string, std::string>>& typed,
                                const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto schema, schema_of(registry, index));
  BERTH_TRY(const auto values, flavor::parse_settings(schema, typed));
  for (const auto& [key, value] : *values.as_object()) registry.settings.set(key, value);
  return {};
}

base::Result<void> try_registration(Context& context, const store::ContainerRegistry& registry,
                                    const flavor::FlavorIndex& index) {
  BERTH_TRY(const auto schema, schema_of(registry, index));
  BERTH_CHECK(flavor::check_settings(schema, registry.settings));
  if (registry.uri.is_layout() != (registry.flavor == kLayout))
    return base::Error(base::ErrorClass::usage, "registry.uri",
                       registry.uri.str() + " is no uri for flavor " + registry.flavor)
        .cause("oci:/absolute/dir is for the flavor layout, and for it alone")
        .fix(registry.uri.is_layout() ? "--flavor layout" : "--uri oci:/absolute/dir");
  BERTH_TRY(const auto* flavor, index.find(registry.flavor));
  BERTH_TRY(auto plugin, start_plugin(context, *flavor, registry.uri, registry.settings));
  return plugin.close();
}

base::Result<store::ContainerRegistry*> find_to_change(store::Contents& contents, const std::string& name) {
  BERTH_TRY(const auto* found, contents.find(name));
  return &contents.container_registries[static_cast<std::size_t>(found - contents.container_registries.data())];
}

}  // namespace berth::cli
