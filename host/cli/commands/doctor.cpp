#include "app/diagnose.hpp"
#include "cli/commands/commands.hpp"
#include "cli/diagnosis_report.hpp"
#include "cli/shared_options.hpp"

namespace berth::cli {
namespace {

base::Result<int> run_doctor(Context& context, const Arguments& arguments) {
  if (arguments.operands.empty())
    return print_diagnosis(context, app::diagnose_machine(context.app, context.events));
  app::DiagnoseRequest request;
  request.destination = arguments.operand(0);
  BERTH_TRY(request.target, target_options(arguments));
  BERTH_TRY(request.network, network_options(context, arguments));
  request.probe = arguments.has("--probe");
  BERTH_TRY(const auto diagnosis, app::diagnose(context.app, std::move(request), context.events));
  return print_diagnosis(context, diagnosis);
}

}  // namespace

Command doctor_command() {
  return {
      .name = "doctor",
      .summary = "Diagnose and time each step of a push",
      .operands = {{.name = "DESTINATION", .required = false, .kind = ValueKind::destination}},
      .options = join_options({{{.name = "--probe", .help = "allow requests with side effects"}},
                               target_option_list(),
                               network_option_list()}),
      .examples = {"berth doctor prod/team/app:1.2",
                   "berth doctor --probe registry.example/acme/app", "berth doctor"},
      .run = run_doctor};
}

}  // namespace berth::cli
