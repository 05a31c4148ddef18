#include <fmt/format.h>

#include "app/login.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

base::Result<int> run_logout(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto report, app::logout(context.app, arguments.operand(0), context.events));
  if (context.json)
    print_json(context, base::Json::object({{"schema", 1}, {"ok", true}, {"host", report.host}}));
  else
    context.out << fmt::format("logged out of {}\n", report.host);
  return 0;
}

}  // namespace

Command logout_command() {
  return {.name = "logout",
          .summary = "Delete stored credentials",
          .operands = {{.name = "HOST-or-NAME", .kind = ValueKind::host}},
          .examples = {"berth logout registry.example.com", "berth logout prod"},
          .run = run_logout,
          .in_help_footer = true};
}

}  // namespace berth::cli
