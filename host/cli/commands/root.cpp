#include "cli/commands/commands.hpp"
#include "cli/help.hpp"

namespace berth::cli {
namespace {

std::vector<Option> options_of_every_command() {
  return {{"--output", "FORMAT", "text or json", false, "BERTH_OUTPUT", "-o"},
          {"--quiet", "", "print only errors and the result", false, {}, "-q"},
          {"--verbose", "", "show each step (-vv: each request)", false, {}, "-v"},
          {"--color", "WHEN", "auto, always or never", false, "BERTH_COLOR", {}},
          {"--progress", "FORM", "auto, plain, json or none", false, "BERTH_PROGRESS", {}},
          {"--flavor-path", "DIR", "search this directory for flavors first", true, {}, {}},
          {"--allow-unsandboxed", "", "run unregistered plugins where they cannot be contained", false, {}, {}},
          {"--config-dir", "DIR", "directory of registries.json", false, "BERTH_CONFIG_DIR", {}},
          {"--timeout", "DURATION", "overall timeout: 90s, 5m, 1h", false, "BERTH_TIMEOUT", {}}};
}

Command flavor_command() {
  Command command;
  command.name = "flavor";
  command.summary = "Manage flavors (plugins)";
  command.children = {flavor_list_command(), flavor_describe_command(), flavor_register_command(),
                      flavor_delete_command(), flavor_why_command()};
  command.unbuilt = {"new", "check"};
  command.examples = {"berth flavor list --all", "berth flavor describe default"};
  return command;
}

Command container_registry_command() {
  Command command;
  command.name = "container-registry";
  command.alias = "registry";
  command.summary = "Manage registered container registries (short: registry)";
  command.children = {register_command(), list_command(),   describe_command(), get_command(),    use_command(),
                      update_command(),   rename_command(), copy_command(),     delete_command(), flavor_command()};
  command.examples = {"berth registry register local --flavor default --uri localhost:5000", "berth registry list"};
  return command;
}

}  // namespace

Command root_command() {
  Command root;
  root.summary = "Push container images to any registry and check its rules first";
  root.options = options_of_every_command();
  root.sections = {source_help(true), destination_help(), environment_help(), exit_status_help()};
  root.children = {push_command(),   check_command(),   container_registry_command(),
                   flavor_command(), login_command(),   logout_command(),
                   doctor_command(), explain_command(), version_command()};
  root.unbuilt = {"completion", "copy", "bundle", "inspect", "tags", "digest"};
  return root;
}

}  // namespace berth::cli
