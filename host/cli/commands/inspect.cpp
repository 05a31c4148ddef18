#include "app/inspect.hpp"

#include "cli/commands/commands.hpp"
#include "cli/help.hpp"
#include "cli/inspect_output.hpp"
#include "cli/shared_options.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;

base::Result<app::InspectRequest> inspect_request(Context& context, const Arguments& arguments) {
  app::InspectRequest request;
  request.image.image = arguments.operand(0);
  BERTH_TRY(request.image.target, target_options(arguments));
  BERTH_TRY(request.image.network, network_options(context, arguments));
  BERTH_TRY(auto platforms, platform_options(arguments));
  if (platforms.size() > 1)
    return Error(ErrorClass::usage, "usage.value", "inspect accepts one --platform");
  if (!platforms.empty()) request.platform = std::move(platforms.front());
  return request;
}

// Whether the bytes of a document are printed instead of a report.
base::Result<bool> prints_bytes(const Context& context, const Arguments& arguments) {
  const bool raw = arguments.has("--raw");
  const bool config = arguments.has("--config");
  if (raw && config)
    return Error(ErrorClass::usage, "usage.value", "--raw cannot be combined with --config");
  if ((raw || config) && context.json)
    return Error(ErrorClass::usage, "usage.value",
                 "--raw and --config cannot be combined with --output json")
        .cause("they print the bytes of the document, which is JSON already");
  return raw || config;
}

base::Result<int> run_inspect(Context& context, const Arguments& arguments) {
  BERTH_TRY(const bool bytes, prints_bytes(context, arguments));
  BERTH_TRY(const auto request, inspect_request(context, arguments));
  if (!bytes) {
    BERTH_TRY(const auto report, app::inspect(context.app, request, context.events));
    return print_inspection(context, report);
  }
  BERTH_TRY(const auto document, arguments.has("--raw")
                                     ? app::inspect_raw(context.app, request, context.events)
                                     : app::inspect_config(context.app, request, context.events));
  context.out << document;
  return 0;
}

}  // namespace

Command inspect_command() {
  return {.name = "inspect",
          .summary = "Show platforms, layers, config and referrers of an image",
          .operands = {{.name = "IMAGE", .kind = ValueKind::image}},
          .options =
              join_options({{{.name = "--raw", .help = "print the bytes of the manifest or index"},
                             {.name = "--config", .help = "print the bytes of the config"},
                             {.name = "--platform",
                              .value = "OS/ARCH",
                              .help = "of an index: this platform",
                              .kind = ValueKind::platform}},
                            target_option_list(),
                            network_option_list()}),
          .examples = {"berth inspect prod/team/app:1.2", "berth inspect oci:build:1.2 -o json",
                       "berth inspect --config --platform linux/arm64 registry.example/acme/app:1"},
          .sections = {image_help(), environment_help(), exit_status_help()},
          .run = run_inspect};
}

}  // namespace berth::cli
