#include "app/container_registries.hpp"

#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

base::Result<int> run_get(Context& context, const Arguments& /*arguments*/) {
  BERTH_TRY(const auto active, app::active_container_registry(context.app, context.events));
  if (!context.json) {
    context.out << active.name << '\n';
    return 0;
  }
  if (!active.registry) return active.registry.error().clone();
  print_json(context,
             base::Json::object(
                 {{"schema", 1}, {"container_registry", registry_json(*active.registry, true)}}));
  return 0;
}

}  // namespace

Command get_command() {
  return {.name = "get",
          .summary = "Print the active container registry",
          .examples = {"berth registry get", "berth registry get -o json"},
          .run = run_get};
}

}  // namespace berth::cli
