#include "app/describe.hpp"

#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

using base::Json;

std::string printable_value(const Json& value, const flavor::Setting& setting) {
  if (value.is_null()) return "-";
  if (setting.secret) return "(secret)";
  return value.is_string() ? *value.as_string() : value.dump();
}

void print_text(Context& context, const app::ContainerRegistryDescription& description) {
  const auto& registry = description.registry;
  print_table(context, {{"name", registry.name},
                        {"active", description.active ? "yes" : "no"},
                        {"uri", registry.uri.str()},
                        {"flavor", registry.flavor + " " + description.plugin.metadata->version},
                        {"plugin", description.plugin.path},
                        {"pin", description.pin}});
  std::vector<std::vector<std::string>> labels;
  for (const auto& [key, value] : registry.labels) labels.push_back({"label ", key + "=" + value});
  print_table(context, labels);
  context.out << '\n';
  std::vector<std::vector<std::string>> rows{{"SETTING", "VALUE", "FROM", "DEFAULT"}};
  for (const auto& [setting, value, default_value, source] : description.settings)
    rows.push_back({setting.name, printable_value(value, setting), source,
                    printable_value(default_value, setting)});
  print_table(context, rows);
}

Json settings_json(const std::vector<app::EffectiveSetting>& settings) {
  Json list = Json::array();
  for (const auto& [setting, value, default_value, source] : settings)
    list.push_back(Json::object({{"name", setting.name},
                                 {"value", setting.secret ? Json() : value},
                                 {"from", source},
                                 {"default", setting.secret ? Json() : default_value},
                                 {"description", setting.description}}));
  return list;
}

Json description_json(const app::ContainerRegistryDescription& description) {
  Json document = registry_json(description.registry, description.active);
  document.set("effective_settings", settings_json(description.settings));
  document.set("plugin", Json::object({{"path", description.plugin.path},
                                       {"version", description.plugin.metadata->version},
                                       {"sha256", description.plugin.sha256},
                                       {"pin", description.pin}}));
  return Json::object({{"schema", 1}, {"container_registry", std::move(document)}});
}

base::Result<int> run_describe(Context& context, const Arguments& arguments) {
  const std::string name = arguments.operands.empty() ? "" : arguments.operand(0);
  BERTH_TRY(const auto description,
            app::describe_container_registry(context.app, name, context.events));
  if (context.json)
    print_json(context, description_json(description));
  else
    print_text(context, description);
  return 0;
}

}  // namespace

Command describe_command() {
  return {.name = "describe",
          .summary = "Show a container registry: settings, flavor, plugin",
          .operands = {{.name = "NAME", .required = false, .kind = ValueKind::registry}},
          .examples = {"berth registry describe prod", "berth registry describe prod -o json"},
          .run = run_describe};
}

}  // namespace berth::cli
