#include <fmt/format.h>

#include "app/container_registries.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

base::Result<int> run_rename(Context& context, const Arguments& arguments) {
  const auto& from = arguments.operand(0);
  const auto& to = arguments.operand(1);
  BERTH_CHECK(app::rename_container_registry(context.app, from, to, context.events));
  return print_done(context, fmt::format("renamed {} to {}", from, to));
}

}  // namespace

Command rename_command() {
  return {.name = "rename",
          .summary = "Rename a container registry",
          .operands = {{.name = "OLD", .kind = ValueKind::registry}, {.name = "NEW"}},
          .examples = {"berth registry rename local laptop", "berth registry rename prod prod-eu"},
          .run = run_rename};
}

}  // namespace berth::cli
