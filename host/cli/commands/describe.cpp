#include "app/workspace.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "flavor/settings.hpp"

namespace berth::cli {
namespace {

using base::Json;

struct Origin {
  Json value;  // null: none
  Json default_value;
  std::string from;
};

// Where a setting's value comes from, in CLI.md's order of precedence.
Origin origin_of(const flavor::Setting& setting, const store::ContainerRegistry& registry, const Context& context) {
  Origin origin{{}, setting.default_value, "default"};
  if (setting.name == "tls") origin.default_value = !oci::is_loopback_host(registry.uri.host());
  origin.value = origin.default_value;
  if (origin.value.is_null()) origin.from = "not set";
  if (const Json* value = registry.settings.find(setting.name)) {
    origin.value = *value;
    origin.from = "registered";
  }
  const auto variable = setting.name == "ca-file" ? context.app.environment("BERTH_CA_FILE") : std::nullopt;
  if (variable && !variable->empty()) {
    origin.value = *variable;
    origin.from = "BERTH_CA_FILE";
  }
  return origin;
}

std::string shown(const Json& value, const flavor::Setting& setting) {
  if (value.is_null()) return "-";
  if (setting.secret) return "(secret)";
  return value.is_string() ? *value.as_string() : value.dump();
}

std::string pin_text(const store::Contents& contents, const flavor::Candidate& candidate) {
  for (const auto& pin : contents.pins)
    if (pin.path == candidate.path) return "sha256:" + pin.sha256;
  return candidate.origin == flavor::Origin::built_in ? "not pinned: it came with berth" : "not pinned";
}

void print_text(Context& context, const store::ContainerRegistry& registry, const app::Workspace& workspace,
                const flavor::Candidate& candidate, const std::vector<flavor::Setting>& settings) {
  print_table(context, {{"name", registry.name},
                        {"active", registry.name == workspace.contents.active ? "yes" : "no"},
                        {"uri", registry.uri.str()},
                        {"flavor", registry.flavor + " " + candidate.metadata->version},
                        {"plugin", candidate.path},
                        {"pin", pin_text(workspace.contents, candidate)}});
  std::vector<std::vector<std::string>> labels;
  for (const auto& [key, value] : registry.labels) labels.push_back({"label ", key + "=" + value});
  print_table(context, labels);
  context.out << '\n';
  std::vector<std::vector<std::string>> rows{{"SETTING", "VALUE", "FROM", "DEFAULT"}};
  for (const auto& setting : settings) {
    if (!setting.built) continue;
    const auto origin = origin_of(setting, registry, context);
    rows.push_back({setting.name, shown(origin.value, setting), origin.from, shown(origin.default_value, setting)});
  }
  print_table(context, rows);
}

Json effective_settings(const Context& context, const store::ContainerRegistry& registry,
                        const std::vector<flavor::Setting>& settings) {
  Json list = Json::array();
  for (const auto& setting : settings) {
    if (!setting.built) continue;
    const auto origin = origin_of(setting, registry, context);
    list.push_back(Json::object({{"name", setting.name},
                                 {"value", setting.secret ? Json() : origin.value},
                                 {"from", origin.from},
                                 {"default", setting.secret ? Json() : origin.default_value},
                                 {"description", setting.description}}));
  }
  return list;
}

base::Result<int> describe_registry(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto workspace, app::open_workspace(context.app, context.events));
  const std::string name = arguments.operands.empty() ? workspace.contents.active : arguments.operand(0);
  if (name.empty())
    return base::Error(base::ErrorClass::not_found, "registry.no-active", "no container registry is active")
        .fix("berth registry use NAME, or name one");
  BERTH_TRY(const auto* registry, workspace.contents.find(name));
  BERTH_TRY(const auto* candidate, workspace.index.find(registry->flavor));
  BERTH_TRY(const auto settings, flavor::settings_of(candidate->metadata->settings_schema));
  if (!context.json) {
    print_text(context, *registry, workspace, *candidate, settings);
    return 0;
  }
  Json document = registry_json(*registry, registry->name == workspace.contents.active);
  document.set("effective_settings", effective_settings(context, *registry, settings));
  document.set("plugin", Json::object({{"path", candidate->path},
                                       {"version", candidate->metadata->version},
                                       {"sha256", candidate->sha256},
                                       {"pin", pin_text(workspace.contents, *candidate)}}));
  print_json(context, Json::object({{"schema", 1}, {"container_registry", std::move(document)}}));
  return 0;
}

}  // namespace

Command describe_command() {
  Command command;
  command.name = "describe";
  command.summary = "Show a container registry: settings, flavor, plugin";
  command.operands = {{"NAME", false, false}};
  command.examples = {"berth registry describe prod", "berth registry describe prod -o json"};
  command.run = describe_registry;
  return command;
}

}  // namespace berth::cli
