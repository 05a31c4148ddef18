#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "cli/workspace.hpp"
#include "flavor/settings.hpp"

namespace berth::cli {
namespace {

using base::Json;

struct Origin {
  Json value;
  std::string from;
};

// Where a setting's value comes from; nothing: it has none.
Origin origin_of(const flavor::Setting& setting, const store::ContainerRegistry& registry) {
  if (const Json* value = registry.settings.find(setting.name)) return {*value, "registered"};
  if (setting.name == "tls") return {Json(!oci::is_loopback_host(registry.uri.host())), "default"};
  if (!setting.default_value.is_null()) return {setting.default_value, "flavor's default"};
  return {Json(), "not set"};
}

std::string shown(const Origin& origin, const flavor::Setting& setting) {
  if (origin.value.is_null()) return "-";
  if (setting.secret) return "(secret)";
  return origin.value.is_string() ? *origin.value.as_string() : origin.value.dump();
}

std::string pin_text(const store::Contents& contents, const flavor::Candidate& candidate) {
  for (const auto& pin : contents.pins)
    if (pin.path == candidate.path) return "sha256:" + pin.sha256;
  return candidate.origin == flavor::Origin::built_in ? "not pinned: it came with berth" : "not pinned";
}

void print_text(Context& context, const store::ContainerRegistry& registry, const Workspace& workspace,
                const flavor::Candidate& candidate, const std::vector<flavor::Setting>& settings) {
  print_table(context, {{"name", registry.name},
                        {"active", registry.name == workspace.contents.active ? "yes" : "no"},
                        {"uri", registry.uri.str()},
                        {"flavor", registry.flavor + " " + candidate.metadata->version},
                        {"plugin", candidate.path},
                        {"pin", pin_text(workspace.contents, candidate)}});
  for (const auto& [key, value] : registry.labels) context.out << "label     " << key << "=" << value << '\n';
  context.out << '\n';
  std::vector<std::vector<std::string>> rows{{"SETTING", "VALUE", "FROM"}};
  for (const auto& setting : settings) {
    const auto origin = origin_of(setting, registry);
    rows.push_back({setting.name, shown(origin, setting), origin.from});
  }
  print_table(context, rows);
}

base::Result<int> describe_registry(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto workspace, open_workspace(context));
  const std::string name = arguments.operands.empty() ? workspace.contents.active : arguments.operand(0);
  if (name.empty())
    return base::Error(base::ErrorClass::usage, "registry.no-active", "no container registry is active")
        .fix("berth registry use NAME, or name one");
  BERTH_TRY(const auto* registry, workspace.contents.find(name));
  BERTH_TRY(const auto* candidate, workspace.index.find(registry->flavor));
  BERTH_TRY(const auto settings, flavor::settings_of(candidate->metadata->settings_schema));
  if (!context.json) {
    print_text(context, *registry, workspace, *candidate, settings);
    return 0;
  }
  Json document = registry_json(*registry, registry->name == workspace.contents.active);
  Json list = Json::array();
  for (const auto& setting : settings) {
    const auto origin = origin_of(setting, *registry);
    list.push_back(Json::object({{"name", setting.name},
                                 {"value", setting.secret ? Json() : origin.value},
                                 {"from", origin.from},
                                 {"description", setting.description}}));
  }
  document.set("effective_settings", std::move(list));
  document.set("plugin", Json::object({{"path", candidate->path},
                                       {"version", candidate->metadata->version},
                                       {"sha256", candidate->sha256}}));
  print_json(context, Json::object({{"schema", 1}, {"container_registry", std::move(document)}}));
  return 0;
}

}  // namespace

Command describe_command() {
  Command command;
  command.name = "describe";
  command.summary = "one container registry: settings, flavor, plugin";
  command.operands = {{"NAME", false, false}};
  command.run = describe_registry;
  return command;
}

}  // namespace berth::cli
