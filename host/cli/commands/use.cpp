#include <fmt/format.h>

#include "app/container_registries.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

base::Result<int> run_use(Context& context, const Arguments& arguments) {
  const std::string& name = arguments.operand(0);
  BERTH_CHECK(app::set_active_container_registry(context.app, name, context.events));
  if (context.json)
    print_json(context, base::Json::object({{"schema", 1}, {"ok", true}, {"active", name}}));
  else
    context.out << fmt::format("{} is active\n", name);
  return 0;
}

}  // namespace

Command use_command() {
  return {.name = "use",
          .summary = "Set the active container registry, which /REPOSITORY refers to",
          .operands = {{.name = "NAME", .kind = ValueKind::registry}},
          .examples = {"berth registry use prod", "berth push oci:build:1.2 /team/app:1.2"},
          .run = run_use};
}

}  // namespace berth::cli
