#include <fmt/format.h>

#include "app/container_registries.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

base::Result<int> run_update(Context& context, const Arguments& arguments) {
  if (!arguments.has("--uri") && !arguments.has("--set") && !arguments.has("--unset"))
    return base::Error(base::ErrorClass::usage, "usage.missing",
                       "update requires --uri, --set or --unset")
        .fix("berth registry update --help");
  app::UpdateRequest request{.name = arguments.operand(0),
                             .uri = arguments.value("--uri"),
                             .unset = arguments.values("--unset")};
  BERTH_TRY(request.set, pairs(arguments, "--set"));
  BERTH_CHECK(app::update_container_registry(context.app, request, context.events));
  return print_done(context, "updated " + request.name);
}

}  // namespace

Command update_command() {
  return {.name = "update",
          .summary = "Update URI or settings of a container registry; all changes or none",
          .operands = {{.name = "NAME", .kind = ValueKind::registry}},
          .options = {{.name = "--uri", .value = "U", .help = "new URI"},
                      {.name = "--set",
                       .value = "K=V",
                       .help = "a setting",
                       .repeats = true,
                       .kind = ValueKind::setting},
                      {.name = "--unset",
                       .value = "K",
                       .help = "reset a setting to its default",
                       .repeats = true,
                       .kind = ValueKind::setting_name}},
          .examples = {"berth registry update local --set tls=true",
                       "berth registry update local --unset tls"},
          .run = run_update};
}

}  // namespace berth::cli
