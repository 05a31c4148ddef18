#include <fmt/format.h>

#include "app/flavors.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

base::Result<int> run_flavor_delete(Context& context, const Arguments& arguments) {
  const std::string& name = arguments.operand(0);
  BERTH_CHECK(app::delete_flavor(context.app, name, context.events));
  return print_done(context, fmt::format("deleted the registration of flavor {}", name));
}

}  // namespace

Command flavor_delete_command() {
  return {.name = "delete",
          .summary = "Delete the registration of a plugin; its file stays",
          .operands = {{.name = "NAME", .kind = ValueKind::flavor}},
          .examples = {"berth flavor delete acme", "berth flavor register ./acme.so"},
          .run = run_flavor_delete};
}

}  // namespace berth::cli
