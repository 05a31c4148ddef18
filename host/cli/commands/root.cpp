#include "cli/commands/commands.hpp"

namespace berth::cli {
namespace {

std::vector<Option> options_of_every_command() {
  return {{"--output", "FORMAT", "text or json", false, "BERTH_OUTPUT", "-o"},
          {"--quiet", "", "no progress, no remarks", false, {}, "-q"},
          {"--verbose", "", "say each step; twice: each request", false, {}, "-v"},
          {"--color", "WHEN", "auto, always or never", false, "BERTH_COLOR", {}},
          {"--progress", "FORM", "auto, plain, json or none", false, "BERTH_PROGRESS", {}},
          {"--flavor-path", "DIR", "look for flavors here first", true, {}, {}},
          {"--allow-unsandboxed", "", "run unregistered plugins where they cannot be contained", false, {}, {}},
          {"--config-dir", "DIR", "where registries.json is kept", false, "BERTH_CONFIG_DIR", {}},
          {"--timeout", "DURATION", "end everything after this long: 90s, 5m, 1h", false, "BERTH_TIMEOUT", {}}};
}

Command flavor_command() {
  Command command;
  command.name = "flavor";
  command.summary = "the flavors: which there are, whose they are, what they may do";
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
  command.summary = "the registered container registries (short: registry)";
  command.children = {register_command(), list_command(),   describe_command(), get_command(),    use_command(),
                      update_command(),   rename_command(), copy_command(),     delete_command(), flavor_command()};
  command.examples = {"berth registry register local --flavor default --uri localhost:5000", "berth registry list"};
  return command;
}

}  // namespace

Command root_command() {
  Command root;
  root.summary = "berth gets a container image into any registry, by that registry's own rules.";
  root.options = options_of_every_command();
  root.children = {push_command(),   check_command(),   container_registry_command(),
                   flavor_command(), login_command(),   logout_command(),
                   doctor_command(), explain_command(), version_command()};
  root.unbuilt = {"completion", "copy", "bundle", "inspect", "tags", "digest"};
  return root;
}

}  // namespace berth::cli
