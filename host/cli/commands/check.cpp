#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "app/connection.hpp"
#include "app/registries_conf_policy.hpp"
#include "app/source_check.hpp"
#include "app/workspace.hpp"
#include "cli/commands/commands.hpp"
#include "cli/help.hpp"
#include "cli/image_source.hpp"
#include "cli/output.hpp"
#include "cli/shared_options.hpp"

namespace berth::cli {
namespace {

using base::Json;

struct CheckOptions {
  app::TargetOptions target;
  app::NetworkOptions network;
  std::vector<oci::Platform> platforms;
  bool offline = false;
  bool probe = false;
};

base::Result<CheckOptions> parse_check_options(Context& context, const Arguments& arguments) {
  CheckOptions options;
  BERTH_TRY(options.target, target_options(arguments));
  BERTH_TRY(options.network, network_options(context, arguments));
  BERTH_TRY(options.platforms, platform_options(arguments));
  options.offline = arguments.has("--offline");
  options.probe = arguments.has("--probe");
  return options;
}

// What the registry wants of a login, asked while the flavor asks others.
class FirstQuestion {
 public:
  FirstQuestion(Context& context, registry::Session* session) : cancellation_(context.app.cancellation) {
    if (session != nullptr) asked_ = std::async(std::launch::async, [session] { return session->begin(); });
  }
  FirstQuestion(const FirstQuestion&) = delete;
  FirstQuestion& operator=(const FirstQuestion&) = delete;
  // Where nobody waited, nobody wants to know any more.
  ~FirstQuestion() {
    if (asked_.valid()) cancellation_.request(base::Cancellation::Reason::abandoned);
  }

  base::Result<void> wait() { return asked_.valid() ? asked_.get() : base::Result<void>(); }

 private:
  base::Cancellation& cancellation_;
  std::future<base::Result<void>> asked_;
};

base::Result<int> report(Context& context, const app::Target& target, const std::vector<flavor::Finding>& findings,
                         registry::Session* session, FirstQuestion& first) {
  const auto errors = std::count_if(findings.begin(), findings.end(),
                                    [](const auto& finding) { return finding.severity == flavor::Severity::error; });
  // What the flavor found explains better why the registry would not let one in.
  if (errors == 0 && session != nullptr) {
    BERTH_CHECK(first.wait());
    BERTH_CHECK(session->ping());
  }
  if (context.json) {
    Json document = Json::object({{"schema", 1}, {"ok", errors == 0}});
    for (const auto& [key, value] : *context.known.as_object()) document.set(key, value);
    print_json(context, document);
  } else {
    context.out << fmt::format(
        "{}: {}\n", target.reference(),
        errors == 0 ? "nothing found that would fail" : fmt::format("{} found that would fail", errors));
  }
  return errors == 0 ? 0 : 3;
}

// The source as it will be pushed to that target; nullptr if there is none.
struct CheckedSource {
  std::unique_ptr<image::Source> source;
  std::optional<push::Plan> plan;
};

base::Result<CheckedSource> open_checked(Context& context, const Arguments& arguments, const CheckOptions& options,
                                         const app::Target& target, const store::Contents& contents) {
  CheckedSource checked;
  if (arguments.operands.size() < 2) return checked;
  const std::string& typed = arguments.operand(0);
  BERTH_TRY(const auto spec, image::SourceSpec::parse(typed));
  if (options.offline && spec.transport == image::Transport::docker_daemon)
    return base::Error(base::ErrorClass::usage, "usage.offline", "--offline does not ask the docker daemon")
        .fix("docker save " + spec.location + " -o FILE, and check docker-archive:FILE");
  if (options.offline && spec.transport == image::Transport::docker)
    return base::Error(base::ErrorClass::usage, "usage.offline", "--offline asks no registry")
        .fix("leave out --offline, or SOURCE");
  BERTH_TRY(checked.source,
            open_image(context, typed, options.platforms, {contents, options.network, {target.uri.host()}}));
  checked.plan = push::plan_push(checked.source->contents(), manifest_form(std::span(&target, 1)));
  BERTH_CHECK(check_expected(target, *checked.plan));
  return checked;
}

base::Result<app::Connection> connect_to_check(Context& context, const CheckOptions& options, const app::Target& target,
                                               flavor::Plugin& plugin) {
  if (target.uri.is_layout()) return app::Connection();
  if (options.offline) {
    BERTH_CHECK(app::check_not_blocked(context.app, target.reference()));
    return app::Connection();
  }
  return app::connect(context.app, {target, options.network, app::Purpose::check, plugin}, context.events);
}

base::Result<int> run_check(Context& context, const Arguments& arguments) {
  const std::string& typed = arguments.operands.back();
  if (image::has_transport(typed) && arguments.operands.size() == 1)
    return base::Error(base::ErrorClass::usage, "usage.destination", "check needs a destination")
        .fix("berth check " + typed + " DESTINATION");
  BERTH_TRY(const auto options, parse_check_options(context, arguments));
  BERTH_TRY(const auto workspace, app::open_workspace(context.app, context.events));
  context.subject = typed + " cannot be pushed";
  BERTH_TRY(const auto target, app::find_target(typed, options.target, workspace.contents, workspace.index));
  know_target(context, target, "cannot be pushed");
  announce_targets(context, "checking", std::span(&target, 1));
  BERTH_TRY(const auto image, open_checked(context, arguments, options, target, workspace.contents));
  BERTH_TRY(auto plugin, app::start_plugin(context.app, *target.flavor, target.uri, target.settings));
  BERTH_TRY(const auto connection, connect_to_check(context, options, target, plugin));
  flavor::Services services;
  services.session = connection.session.get();
  services.probe = options.probe;
  services.found = finding_shower(context);
  if (image.source) {
    app::show_notices(*image.source, services.found);
    BERTH_CHECK(app::check_content(target, *image.plan, *image.source, services.session, services.found));
  }
  FirstQuestion first(context, services.session);
  auto findings = plugin.prepare(image_view(target, image.plan ? &*image.plan : nullptr), services);
  auto result = findings ? report(context, target, *findings, connection.session.get(), first)
                         : base::Result<int>(std::move(findings).error());
  if (!result) result = plugin.explained(std::move(result).error(), target.full_repository);
  if (auto closed = plugin.close(); !closed)
    context.terminal.warning(closed.error().message() + ": " + closed.error().cause());
  return result;
}

}  // namespace

Command check_command() {
  Command command;
  command.name = "check";
  command.summary = "Run the preflight checks; upload nothing";
  command.operands = {{"SOURCE", false, false}, {"DESTINATION", true, false}};
  command.examples = {"berth check oci:build:1.2 prod/team/app:1.2", "berth check --offline prod/team/app:1.2"};
  command.options = {{"--offline", "", "make no connection", false, {}, {}},
                     {"--probe", "", "allow requests with side effects", false, {}, {}},
                     {"--platform", "OS/ARCH", "only this platform", true, {}, {}}};
  for (const auto& list : {target_option_list(), network_option_list()})
    command.options.insert(command.options.end(), list.begin(), list.end());
  command.sections = {source_help(false), destination_help(), environment_help(), exit_status_help()};
  command.run = run_check;
  return command;
}

}  // namespace berth::cli
