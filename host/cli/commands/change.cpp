#include <fmt/format.h>

#include "app/registration.hpp"
#include "app/workspace.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;

int done(Context& context, const std::string& text) {
  if (context.json) print_json(context, base::Json::object({{"schema", 1}, {"ok", true}}));
  if (!context.json) context.out << text << '\n';
  return 0;
}

// The registry as the options want it, validated as a whole.
base::Result<store::ContainerRegistry> changed(Context& context, store::ContainerRegistry registry,
                                               const Arguments& arguments, const flavor::FlavorIndex& index) {
  if (const auto uri = arguments.value("--uri")) {
    BERTH_TRY(registry.uri, oci::RegistryUri::parse(*uri));
  }
  BERTH_CHECK(app::unset_settings(registry, arguments.values("--unset"), index));
  BERTH_TRY(const auto typed, pairs(arguments, "--set"));
  BERTH_CHECK(app::set_settings(registry, typed, index));
  BERTH_CHECK(app::try_registration(context.app, registry, index));
  return registry;
}

base::Result<int> update(Context& context, const Arguments& arguments) {
  if (!arguments.has("--uri") && !arguments.has("--set") && !arguments.has("--unset"))
    return Error(ErrorClass::usage, "usage.missing", "update needs --uri, --set or --unset")
        .fix("berth registry update --help");
  BERTH_CHECK(app::update_store(
      context.app,
      [&](store::Contents& contents) -> base::Result<void> {
        BERTH_TRY(auto* registry, app::find_to_change(contents, arguments.operand(0)));
        BERTH_TRY(*registry, changed(context, *registry, arguments, app::discover_flavors(context.app, contents)));
        return {};
      },
      context.events));
  return done(context, arguments.operand(0) + " is changed");
}

base::Result<int> rename(Context& context, const Arguments& arguments) {
  const auto& from = arguments.operand(0);
  const auto& to = arguments.operand(1);
  BERTH_CHECK(app::update_store(
      context.app,
      [&](store::Contents& contents) -> base::Result<void> {
        BERTH_TRY(auto* registry, app::find_to_change(contents, from));
        registry->name = to;
        if (contents.active == from) contents.active = to;
        return {};
      },
      context.events));
  return done(context, fmt::format("{} is now {}", from, to));
}

base::Result<int> copy(Context& context, const Arguments& arguments) {
  BERTH_CHECK(app::update_store(
      context.app,
      [&](store::Contents& contents) -> base::Result<void> {
        BERTH_TRY(const auto* registry, contents.find(arguments.operand(0)));
        auto twin = *registry;
        twin.name = arguments.operand(1);
        contents.container_registries.push_back(std::move(twin));
        return {};
      },
      context.events));
  return done(context, fmt::format("{} is a copy of {}", arguments.operand(1), arguments.operand(0)));
}

base::Result<int> remove(Context& context, const Arguments& arguments) {
  const auto& name = arguments.operand(0);
  BERTH_CHECK(app::update_store(
      context.app,
      [&](store::Contents& contents) -> base::Result<void> {
        if (const auto found = contents.find(name); !found && found.error().code() != "store.entry")
          return found.error().clone();
        if (contents.active == name && !arguments.has("--force"))
          return Error(ErrorClass::usage, "registry.active", name + " is the active container registry")
              .fix("berth registry delete --force " + name);
        contents.remove(name);
        return {};
      },
      context.events));
  return done(context, name + " is forgotten");
}

}  // namespace

Command update_command() {
  Command command;
  command.name = "update";
  command.summary = "Update URI or settings of a container registry; all changes or none";
  command.operands = {{"NAME", true, false}};
  command.options = {{"--uri", "U", "new URI", false, {}, {}},
                     {"--set", "K=V", "a setting", true, {}, {}},
                     {"--unset", "K", "reset a setting to its default", true, {}, {}}};
  command.examples = {"berth registry update local --set tls=true", "berth registry update local --unset tls"};
  command.run = update;
  return command;
}

Command rename_command() {
  Command command;
  command.name = "rename";
  command.summary = "Rename a container registry";
  command.operands = {{"OLD", true, false}, {"NEW", true, false}};
  command.examples = {"berth registry rename local laptop", "berth registry rename prod prod-eu"};
  command.run = rename;
  return command;
}

Command copy_command() {
  Command command;
  command.name = "copy";
  command.summary = "Register a container registry again under another name";
  command.operands = {{"FROM", true, false}, {"TO", true, false}};
  command.examples = {"berth registry copy prod staging", "berth registry update staging --uri staging.example.com"};
  command.run = copy;
  return command;
}

Command delete_command() {
  Command command;
  command.name = "delete";
  command.summary = "Delete a container registry";
  command.operands = {{"NAME", true, false}};
  command.examples = {"berth registry delete staging", "berth registry delete --force prod"};
  command.options = {{"--force", "", "also the active one", false, {}, {}}};
  command.run = remove;
  return command;
}

}  // namespace berth::cli
