#include "app/image_digest.hpp"
#include "cli/commands/commands.hpp"
#include "cli/help.hpp"
#include "cli/output.hpp"
#include "cli/shared_options.hpp"

namespace berth::cli {
namespace {

base::Result<int> run_digest(Context& context, const Arguments& arguments) {
  app::ReadImageRequest request{.image = arguments.operand(0)};
  BERTH_TRY(request.target, target_options(arguments));
  BERTH_TRY(request.network, network_options(context, arguments));
  BERTH_TRY(const auto report, app::image_digest(context.app, std::move(request), context.events));
  if (context.json)
    print_json(context, base::Json::object({{"schema", 1},
                                            {"ok", true},
                                            {"reference", report.reference},
                                            {"digest", report.root.digest.str()},
                                            {"media_type", report.root.media_type},
                                            {"size", report.root.size}}));
  else
    context.out << report.root.digest.str() << '\n';
  return 0;
}

}  // namespace

Command digest_command() {
  return {.name = "digest",
          .summary = "Print the digest of an image",
          .operands = {{.name = "IMAGE", .kind = ValueKind::image}},
          .options = join_options({target_option_list(), network_option_list()}),
          .examples = {"berth digest prod/team/app:1.2", "berth digest oci:build:1.2"},
          .sections = {image_help(), environment_help(), exit_status_help()},
          .run = run_digest};
}

}  // namespace berth::cli
