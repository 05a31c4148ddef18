#include <fmt/format.h>

#include "app/registration.hpp"
#include "app/workspace.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

base::Result<int> register_registry(Context& context, const Arguments& arguments) {
  const std::string& name = arguments.operand(0);
  BERTH_CHECK(store::check_name(name));
  if (!arguments.has("--flavor") || !arguments.has("--uri"))
    return base::Error(base::ErrorClass::usage, "usage.missing", "register needs --flavor and --uri")
        .fix("berth registry register --help");
  BERTH_TRY(auto uri, oci::RegistryUri::parse(*arguments.value("--uri")));
  BERTH_TRY(const auto typed, pairs(arguments, "--set"));
  BERTH_TRY(auto labels, pairs(arguments, "--label"));
  BERTH_TRY(const auto workspace, app::open_workspace(context.app, context.events));
  store::ContainerRegistry registry{name, *arguments.value("--flavor"), std::move(uri), base::Json::object(),
                                    std::move(labels)};
  BERTH_CHECK(app::set_settings(registry, typed, workspace.index));
  BERTH_CHECK(app::try_registration(context.app, registry, workspace.index));
  BERTH_CHECK(app::update_store(
      context.app,
      [&](store::Contents& contents) -> base::Result<void> {
        contents.container_registries.push_back(registry);
        return {};
      },
      context.events));
  if (context.json) {
    print_json(context, base::Json::object(
                            {{"schema", 1}, {"ok", true}, {"container_registry", registry_json(registry, false)}}));
  } else {
    context.out << fmt::format("{} is registered: flavor {}, {}\n", name, registry.flavor, registry.uri.str());
    context.events.info(fmt::format("next: berth push SOURCE {}/REPOSITORY:TAG", name));
  }
  return 0;
}

}  // namespace

Command register_command() {
  Command command;
  command.name = "register";
  command.summary = "Register a container registry under a name";
  command.operands = {{"NAME", true, false}};
  command.options = {{"--flavor", "F", "flavor of the registry", false, {}, {}},
                     {"--uri", "U", "HOST[:PORT][/PATH], or oci:/absolute/dir", false, {}, {}},
                     {"--set", "K=V", "a setting; @FILE as V reads it from a file", true, {}, {}},
                     {"--label", "K=V", "a label", true, {}, {}}};
  command.examples = {"berth registry register local --flavor default --uri localhost:5000",
                      "berth registry register shelf --flavor layout --uri oci:/srv/images"};
  command.run = register_registry;
  return command;
}

}  // namespace berth::cli
