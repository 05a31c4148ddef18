#include <fmt/format.h>

#include "app/conformance.hpp"
#include "base/escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

using base::Json;

constexpr int kFailedCheck = 3;  // class validation

void print_report(Context& context, const app::ConformanceReport& report) {
  context.out << base::escape(fmt::format("{} {} ({})", report.flavor, report.version, report.path))
              << '\n';
  for (const auto& check : report.checks) {
    context.out << base::escape(fmt::format("  {:<8}  {}{}{}",
                                            app::conformance_result_name(check.result), check.name,
                                            check.detail.empty() ? "" : "; ", check.detail))
                << '\n';
    if (!check.fix.empty()) context.out << "            fix  " << base::escape(check.fix) << '\n';
  }
}

Json report_json(const app::ConformanceReport& report) {
  Json checks = Json::array();
  for (const auto& check : report.checks)
    checks.push_back(Json::object({{"name", check.name},
                                   {"result", app::conformance_result_name(check.result)},
                                   {"detail", check.detail},
                                   {"fix", check.fix}}));
  return Json::object({{"schema", 1},
                       {"ok", report.passed()},
                       {"flavor", report.flavor},
                       {"version", report.version},
                       {"path", report.path},
                       {"sha256", report.sha256},
                       {"checks", std::move(checks)}});
}

base::Result<int> run_flavor_check(Context& context, const Arguments& arguments) {
  app::ConformanceRequest request;
  request.path = arguments.operand(0);
  if (const auto uri = arguments.value("--uri")) request.uri = *uri;
  BERTH_TRY(request.settings, pairs(arguments, "--set"));
  BERTH_TRY(const auto report, app::check_conformance(context.app, request, context.events));
  if (context.json)
    print_json(context, report_json(report));
  else
    print_report(context, report);
  return report.passed() ? 0 : kFailedCheck;
}

}  // namespace

Command flavor_check_command() {
  return {.name = "check",
          .summary = "Check a plugin before others use it: exports, versions, odd input",
          .operands = {{.name = "PATH", .kind = ValueKind::file}},
          .options =
              {{.name = "--uri", .value = "U", .help = "URI of the container registry"},
               {.name = "--set", .value = "K=V", .help = "one of its settings", .repeats = true}},
          .examples = {"berth flavor check build/acme.so",
                       "berth flavor check build/acme.so --uri acme.example --set team=blue"},
          .run = run_flavor_check};
}

}  // namespace berth::cli
