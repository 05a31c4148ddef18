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
  Command command;
  command.name = "logout";
  command.summary = "Delete stored credentials";
  command.operands = {{"HOST-or-NAME", true, false}};
  command.examples = {"berth logout registry.example.com", "berth logout prod"};
  command.run = run_logout;
  return command;
}

}  // namespace berth::cli
