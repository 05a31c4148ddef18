#include <fmt/format.h>

#include "app/workspace.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {

Command get_command() {
  Command command;
  command.name = "get";
  command.summary = "Print the active container registry";
  command.examples = {"berth registry get", "berth registry get -o json"};
  command.run = [](Context& context, const Arguments&) -> base::Result<int> {
    BERTH_TRY(const auto contents, app::read_store(context.app, context.events));
    if (contents.active.empty())
      return base::Error(base::ErrorClass::not_found, "registry.no-active", "no container registry is active")
          .fix("berth registry use NAME");
    if (context.json) {
      BERTH_TRY(const auto* registry, contents.find(contents.active));
      print_json(context, base::Json::object({{"schema", 1}, {"container_registry", registry_json(*registry, true)}}));
    } else {
      context.out << contents.active << '\n';
    }
    return 0;
  };
  return command;
}

Command use_command() {
  Command command;
  command.name = "use";
  command.summary = "Set the active container registry, which /REPOSITORY refers to";
  command.operands = {{"NAME", true, false}};
  command.examples = {"berth registry use prod", "berth push oci:build:1.2 /team/app:1.2"};
  command.run = [](Context& context, const Arguments& arguments) -> base::Result<int> {
    const std::string& name = arguments.operand(0);
    BERTH_CHECK(app::update_store(
        context.app,
        [&](store::Contents& contents) -> base::Result<void> {
          BERTH_TRY(const auto* registry, contents.find(name));
          contents.active = registry->name;
          return {};
        },
        context.events));
    if (context.json) print_json(context, base::Json::object({{"schema", 1}, {"ok", true}, {"active", name}}));
    if (!context.json) context.out << fmt::format("{} is active\n", name);
    return 0;
  };
  return command;
}

}  // namespace berth::cli
