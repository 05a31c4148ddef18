#include <fmt/format.h>

#include "app/container_registries.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

base::Result<int> run_delete(Context& context, const Arguments& arguments) {
  const auto& name = arguments.operand(0);
  const auto if_active = arguments.has("--force") ? app::IfActive::remove : app::IfActive::fail;
  BERTH_CHECK(app::delete_container_registry(context.app, name, if_active, context.events));
  return print_done(context, "deleted " + name);
}

}  // namespace

Command delete_command() {
  return {.name = "delete",
          .summary = "Delete a container registry",
          .operands = {{.name = "NAME", .kind = ValueKind::registry}},
          .options = {{.name = "--force", .help = "delete it even if it is active"}},
          .examples = {"berth registry delete staging", "berth registry delete --force prod"},
          .run = run_delete};
}

}  // namespace berth::cli
