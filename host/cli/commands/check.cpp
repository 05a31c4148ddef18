#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.hpp"
#include "cli/connection.hpp"
#include "cli/image_source.hpp"
#include "cli/output.hpp"
#include "cli/workspace.hpp"

namespace berth::cli {
namespace {

using base::Json;

struct CheckOptions {
  TargetOptions target;
  NetworkOptions network;
  std::vector<oci::Platform> platforms;
  bool offline = false;
  bool probe = false;
};

base::Result<CheckOptions> parse_options(Context& context, const Arguments& arguments) {
  CheckOptions options;
  BERTH_TRY(options.target, target_options(arguments));
  BERTH_TRY(options.network, network_options(context, arguments));
  BERTH_TRY(options.platforms, platform_options(arguments));
  options.offline = arguments.has("--offline");
  options.probe = arguments.has("--probe");
  return options;
}

// Whether every blob is there in its size; what is in it is hashed when it is pushed.
base::Result<void> check_blobs(image::Source& source) {
  const auto* ready = std::get_if<image::ReadyImage>(&source.contents());
  if (ready == nullptr) return {};
  for (const auto& blob : ready->blobs) {
    BERTH_TRY([[maybe_unused]] const auto stream, source.open_blob(blob.descriptor));
  }
  return {};
}

base::Result<int> report(Context& context, const Target& target, const std::vector<flavor::Finding>& findings) {
  const auto errors = std::count_if(findings.begin(), findings.end(),
                                    [](const auto& finding) { return finding.severity == flavor::Severity::error; });
  show_findings(context, findings);
  if (context.json) {
    print_json(context, Json::object({{"schema", 1},
                                      {"ok", errors == 0},
                                      {"reference", target.reference()},
                                      {"registry", target.registry ? Json(*target.registry) : Json()},
                                      {"flavor", target.flavor->metadata->flavor},
                                      {"findings", findings_json(findings)}}));
  } else {
    context.out << fmt::format(
        "{}: {}\n", target.reference(),
        errors == 0 ? "nothing found that would fail" : fmt::format("{} found that would fail", errors));
  }
  return errors == 0 ? 0 : 3;
}

base::Result<int> run_check(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto options, parse_options(context, arguments));
  BERTH_TRY(const auto workspace, open_workspace(context));
  const std::string& typed = arguments.operands.back();
  if (image::has_transport(typed) && arguments.operands.size() == 1 && typed.rfind("oci:/", 0) != 0)
    return base::Error(base::ErrorClass::usage, "usage.destination", "check needs a destination")
        .fix("berth check " + typed + " DESTINATION");
  context.subject = typed + " cannot be pushed";
  BERTH_TRY(const auto target, find_target(typed, options.target, workspace.contents, workspace.index));
  context.known = Json::object({{"reference", target.reference()},
                                {"registry", target.registry ? Json(*target.registry) : Json()},
                                {"flavor", target.flavor->metadata->flavor},
                                {"findings", Json::array()}});
  std::unique_ptr<image::Source> source;
  std::optional<push::Plan> plan;
  if (arguments.operands.size() == 2) {
    const auto source_context = make_source_context(context, options.platforms);
    BERTH_TRY(source, open_image(arguments.operand(0), source_context));
    BERTH_CHECK(check_blobs(*source));
    plan = plan_for(target, *source);
  }
  Connection connection;
  if (!options.offline && !target.uri.is_layout()) {
    connection = connect(context, target, options.network);
    BERTH_CHECK(connection.session->ping());
  }
  BERTH_TRY(auto plugin, start_plugin(context, *target.flavor, target.uri, target.settings));
  flavor::Services services;
  services.session = connection.session.get();
  services.probe = options.probe;
  BERTH_TRY(const auto findings, plugin.prepare(image_view(target, plan ? &*plan : nullptr), services));
  if (auto closed = plugin.close(); !closed)
    context.terminal.warning(closed.error().message() + ": " + closed.error().cause());
  return report(context, target, findings);
}

}  // namespace

Command check_command() {
  Command command;
  command.name = "check";
  command.summary = "everything that could make that push fail, with no byte moved";
  command.operands = {{"SOURCE", false, false}, {"DESTINATION", true, false}};
  command.examples = {"berth check oci:build:1.2 prod/team/app:1.2", "berth check --offline prod/team/app:1.2"};
  command.options = {{"--offline", "", "without any connection", false, {}, {}},
                     {"--probe", "", "questions that may create something are allowed", false, {}, {}},
                     {"--platform", "OS/ARCH", "this platform alone", true, {}, {}}};
  for (const auto& list : {target_option_list(), network_option_list()})
    command.options.insert(command.options.end(), list.begin(), list.end());
  command.run = run_check;
  return command;
}

}  // namespace berth::cli
