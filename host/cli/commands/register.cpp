#include <fmt/format.h>

#include "app/container_registries.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

base::Result<int> run_register(Context& context, const Arguments& arguments) {
  if (!arguments.has("--flavor") || !arguments.has("--uri"))
    return base::Error(base::ErrorClass::usage, "usage.missing",
                       "register requires --flavor and --uri")
        .fix("berth registry register --help");
  app::RegisterRequest request{.name = arguments.operand(0),
                               .flavor = *arguments.value("--flavor"),
                               .uri = *arguments.value("--uri")};
  BERTH_TRY(request.settings, pairs(arguments, "--set"));
  BERTH_TRY(request.labels, pairs(arguments, "--label"));
  BERTH_TRY(const auto registry,
            app::register_container_registry(context.app, request, context.events));
  if (context.json) {
    print_json(
        context,
        base::Json::object(
            {{"schema", 1}, {"ok", true}, {"container_registry", registry_json(registry, false)}}));
  } else {
    context.out << fmt::format("registered {}: flavor {}, {}\n", registry.name, registry.flavor,
                               registry.uri.str());
    context.events.info(fmt::format("next: berth push SOURCE {}/REPOSITORY:TAG", registry.name));
  }
  return 0;
}

}  // namespace

Command register_command() {
  return {.name = "register",
          .summary = "Register a container registry under a name",
          .operands = {{.name = "NAME"}},
          .options = {{.name = "--flavor",
                       .value = "F",
                       .help = "flavor of the registry",
                       .kind = ValueKind::flavor},
                      {.name = "--uri",
                       .value = "U",
                       .help = "HOST[:PORT][/PATH], or oci:/absolute/dir"},
                      {.name = "--set",
                       .value = "K=V",
                       .help = "a setting; @FILE as V reads it from a file",
                       .repeats = true,
                       .kind = ValueKind::setting},
                      {.name = "--label", .value = "K=V", .help = "a label", .repeats = true}},
          .examples = {"berth registry register local --flavor default --uri localhost:5000",
                       "berth registry register shelf --flavor layout --uri oci:/srv/images"},
          .run = run_register};
}

}  // namespace berth::cli
