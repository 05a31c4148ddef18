#include <fmt/format.h>

#include <algorithm>

#include "app/workspace.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;

base::Result<void> forget(store::Contents& contents, const std::string& name) {
  const auto is_pin = [&](const store::Pin& pin) { return pin.flavor == name; };
  const auto is_unusable_pin = [&](const store::UnusableEntry& entry) {
    return entry.kind == store::UnusableEntry::Kind::plugin && entry.name == name;
  };
  if (std::none_of(contents.pins.begin(), contents.pins.end(), is_pin) &&
      std::none_of(contents.unusable.begin(), contents.unusable.end(), is_unusable_pin))
    return Error(ErrorClass::not_found, "flavor.not-registered", "no plugin of flavor " + name + " is registered")
        .fix("berth flavor list");
  for (const auto& registry : contents.container_registries)
    if (registry.flavor == name)
      return Error(ErrorClass::usage, "flavor.in-use",
                   fmt::format("container registry {} uses flavor {}", registry.name, name))
          .fix("berth registry delete " + registry.name);
  std::erase_if(contents.pins, is_pin);
  std::erase_if(contents.unusable, is_unusable_pin);
  return {};
}

}  // namespace

Command flavor_delete_command() {
  Command command;
  command.name = "delete";
  command.summary = "Delete the registration of a plugin; its file stays";
  command.examples = {"berth flavor delete acme", "berth flavor register ./acme.so"};
  command.operands = {{"NAME", true, false}};
  command.run = [](Context& context, const Arguments& arguments) -> base::Result<int> {
    const std::string& name = arguments.operand(0);
    BERTH_CHECK(app::update_store(
        context.app, [&](store::Contents& contents) { return forget(contents, name); }, context.events));
    if (context.json) print_json(context, base::Json::object({{"schema", 1}, {"ok", true}}));
    if (!context.json) context.out << fmt::format("flavor {} is forgotten\n", name);
    return 0;
  };
  return command;
}

}  // namespace berth::cli
