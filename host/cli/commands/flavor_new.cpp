#include <fmt/format.h>

#include "app/new_flavor.hpp"
#include "base/escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

using base::Json;

void print_next_steps(Context& context, const app::NewFlavorReport& report) {
  const std::string directory = base::escape(report.directory);
  const std::string prefix =
      report.sdk_prefix.empty() ? "" : " -DCMAKE_PREFIX_PATH=" + base::escape(report.sdk_prefix);
  context.events.info("next: cd " + directory);
  context.events.info("      cmake -B build" + prefix + " && cmake --build build");
  context.events.info("      ctest --test-dir build && cmake --install build");
}

base::Result<int> run_flavor_new(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto report,
            app::create_flavor_project(
                context.app, {arguments.operand(0), arguments.value("--dir").value_or("")},
                context.events));
  if (context.json) {
    Json files = Json::array();
    for (const auto& file : report.files) files.push_back(file);
    print_json(context, Json::object({{"schema", 1},
                                      {"ok", true},
                                      {"flavor", report.flavor},
                                      {"directory", report.directory},
                                      {"files", std::move(files)}}));
    return 0;
  }
  context.out << fmt::format("created flavor {} in {}\n", report.flavor,
                             base::escape(report.directory));
  print_next_steps(context, report);
  return 0;
}

}  // namespace

Command flavor_new_command() {
  return {.name = "new",
          .summary = "Create a project of a new flavor: sources, tests, build files",
          .operands = {{.name = "NAME"}},
          .options = {{.name = "--dir",
                       .value = "D",
                       .help = "directory of the project (default: NAME)",
                       .kind = ValueKind::directory}},
          .examples = {"berth flavor new acme", "berth flavor new acme --dir src/acme-flavor"},
          .run = run_flavor_new};
}

}  // namespace berth::cli
