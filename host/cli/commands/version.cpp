#include <berth/abi.h>
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {

Command version_command() {
  Command command;
  command.name = "version";
  command.summary = "Print the version";
  command.examples = {"berth version", "berth version -o json"};
  command.aside = true;
  command.run = [](Context& context, const Arguments&) -> base::Result<int> {
    const std::string contract = fmt::format("{}.{}", BERTH_ABI_MAJOR, BERTH_ABI_MINOR);
    if (context.json) {
      print_json(context, base::Json::object({{"schema", 1}, {"version", BERTH_VERSION}, {"contract", contract}}));
    } else {
      context.out << fmt::format("berth {} (flavor contract {})\n", BERTH_VERSION, contract);
    }
    return 0;
  };
  return command;
}

}  // namespace berth::cli
