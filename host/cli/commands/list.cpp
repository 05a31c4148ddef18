#include "app/container_registries.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

base::Json unusable_json(const store::Contents& contents) {
  base::Json list = base::Json::array();
  for (const auto& entry : contents.unusable)
    if (entry.kind == store::UnusableEntry::Kind::container_registry)
      list.push_back(base::Json::object({{"name", entry.name}, {"reason", entry.reason}}));
  return list;
}

base::Result<int> run_list(Context& context, const Arguments& /*arguments*/) {
  BERTH_TRY(const auto contents, app::list_container_registries(context.app, context.events));
  base::Json list = base::Json::array();
  std::vector<std::vector<std::string>> rows{{"ACTIVE", "NAME", "FLAVOR", "URI"}};
  for (const auto& registry : contents.container_registries) {
    const bool active = registry.name == contents.active;
    list.push_back(registry_json(registry, active));
    rows.push_back({active ? "*" : "", registry.name, registry.flavor, registry.uri.str()});
  }
  if (context.json) {
    base::Json document =
        base::Json::object({{"schema", 1}, {"container_registries", std::move(list)}});
    if (auto unusable = unusable_json(contents); !unusable.as_array()->empty())
      document.set("unusable", std::move(unusable));
    print_json(context, document);
  } else if (rows.size() > 1) {
    print_table(context, rows);
  } else {
    context.events.info(
        contents.unavailable.empty()
            ? "no container registries registered; see berth registry register --help"
            : "no registrations: " + contents.unavailable);
  }
  return 0;
}

}  // namespace

Command list_command() {
  return {.name = "list",
          .summary = "List registered container registries",
          .examples = {"berth registry list", "berth registry list -o json"},
          .run = run_list};
}

}  // namespace berth::cli
