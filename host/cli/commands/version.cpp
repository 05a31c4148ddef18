#include <berth/abi.h>
#include <fmt/format.h>

#include "base/version.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {

namespace {

base::Result<int> run_version(Context& context, const Arguments& /*arguments*/) {
  const std::string contract = fmt::format("{}.{}", BERTH_ABI_MAJOR, BERTH_ABI_MINOR);
  if (context.json) {
    print_json(context, base::Json::object(
                            {{"schema", 1}, {"version", base::version()}, {"contract", contract}}));
  } else {
    context.out << fmt::format("berth {} (ABI {})\n", base::version(), contract);
  }
  return 0;
}

}  // namespace

Command version_command() {
  return {.name = "version",
          .summary = "Print the version",
          .examples = {"berth version", "berth version -o json"},
          .run = run_version,
          .in_help_footer = true};
}

}  // namespace berth::cli
