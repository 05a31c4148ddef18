#include "cli/commands/commands.hpp"
#include "cli/help.hpp"

namespace berth::cli {
namespace {

std::vector<Option> options_of_every_command() {
  return {
      {.name = "--output",
       .value = "FORMAT",
       .help = "text or json",
       .environment = "BERTH_OUTPUT",
       .short_name = "-o",
       .values = {"text", "json"}},
      {.name = "--quiet", .help = "print only errors and the result", .short_name = "-q"},
      {.name = "--verbose", .help = "show each step (-vv: each request)", .short_name = "-v"},
      {.name = "--color",
       .value = "WHEN",
       .help = "auto, always or never",
       .environment = "BERTH_COLOR",
       .values = {"auto", "always", "never"}},
      {.name = "--progress",
       .value = "FORM",
       .help = "auto, plain, json or none",
       .environment = "BERTH_PROGRESS",
       .values = {"auto", "plain", "json", "none"}},
      {.name = "--flavor-path",
       .value = "DIR",
       .help = "search this directory for flavors first",
       .repeats = true,
       .kind = ValueKind::directory},
      {.name = "--debug-plugin", .help = "wait for a debugger before a plugin is loaded"},
      {.name = "--allow-unsandboxed", .help = "run unregistered plugins even without a sandbox"},
      {.name = "--config-dir",
       .value = "DIR",
       .help = "directory of registries.json",
       .environment = "BERTH_CONFIG_DIR",
       .kind = ValueKind::directory},
      {.name = "--timeout",
       .value = "DURATION",
       .help = "overall timeout: 90s, 5m, 1h",
       .environment = "BERTH_TIMEOUT"}};
}

Command flavor_command() {
  return {.name = "flavor",
          .summary = "Manage flavors (plugins)",
          .examples = {"berth flavor list --all", "berth flavor describe default"},
          .children = {flavor_list_command(), flavor_describe_command(), flavor_register_command(),
                       flavor_delete_command(), flavor_why_command(), flavor_new_command(),
                       flavor_check_command()}};
}

Command container_registry_command() {
  return {.name = "container-registry",
          .alias = "registry",
          .summary = "Manage registered container registries (short: registry)",
          .examples = {"berth registry register local --flavor default --uri localhost:5000",
                       "berth registry list"},
          .children = {register_command(), list_command(), describe_command(), get_command(),
                       use_command(), update_command(), rename_command(), copy_command(),
                       delete_command(), flavor_command()}};
}

}  // namespace

Command root_command() {
  return {
      .summary = "Push container images to any registry and check its rules first",
      .options = options_of_every_command(),
      .examples = {"berth push docker-archive:app.tar registry.example/team/app:1",
                   "berth check oci:build:1.2 prod/team/app:1.2",
                   "berth inspect prod/team/app:1.2"},
      .sections = {source_help(true), destination_help(), environment_help(), exit_status_help()},
      .children = {push_command(), check_command(), inspect_command(), tags_command(),
                   digest_command(), delete_image_command(), container_registry_command(),
                   flavor_command(), login_command(), logout_command(), doctor_command(),
                   explain_command(), version_command(), completion_command()},
      .unimplemented = {"copy", "bundle"}};
}

}  // namespace berth::cli
