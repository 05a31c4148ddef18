#include "app/check.hpp"

#include "cli/commands/commands.hpp"
#include "cli/help.hpp"
#include "cli/push_output.hpp"
#include "cli/shared_options.hpp"
#include "image/source_spec.hpp"

namespace berth::cli {
namespace {

base::Result<app::CheckRequest> check_request(Context& context, const Arguments& arguments) {
  app::CheckRequest request;
  request.destination = arguments.operands.back();
  if (arguments.operands.size() > 1) request.source = arguments.operand(0);
  if (request.source.empty() && image::has_transport(request.destination))
    return base::Error(base::ErrorClass::usage, "usage.destination", "check requires a destination")
        .fix("berth check " + request.destination + " DESTINATION");
  BERTH_TRY(request.target, target_options(arguments));
  BERTH_TRY(request.network, network_options(context, arguments));
  BERTH_TRY(request.platforms, platform_options(arguments));
  request.offline = arguments.has("--offline");
  request.probe = arguments.has("--probe");
  return request;
}

base::Result<int> run_check(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto request, check_request(context, arguments));
  TerminalCheckEvents events({.terminal = context.terminal,
                              .quiet = context.quiet,
                              .wording = {.activity = "checking", .failure = "cannot push"}});
  BERTH_TRY(const auto report, app::check(context.app, request, events));
  return print_check(context, report);
}

}  // namespace

Command check_command() {
  return {
      .name = "check",
      .summary = "Run the preflight checks; upload nothing",
      .operands = {{.name = "SOURCE", .required = false, .kind = ValueKind::source},
                   {.name = "DESTINATION", .kind = ValueKind::destination}},
      .options = join_options({{{.name = "--offline", .help = "make no connection"},
                                {.name = "--probe", .help = "allow requests with side effects"},
                                {.name = "--platform",
                                 .value = "OS/ARCH",
                                 .help = "only this platform",
                                 .repeats = true,
                                 .kind = ValueKind::platform}},
                               target_option_list(),
                               network_option_list()}),
      .examples = {"berth check oci:build:1.2 prod/team/app:1.2",
                   "berth check --offline prod/team/app:1.2"},
      .sections = {source_help(false), destination_help(), environment_help(), exit_status_help()},
      .run = run_check};
}

}  // namespace berth::cli
