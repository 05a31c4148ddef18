#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <future>
#include <memory>
#include <utility>

#include "app/registries_conf_policy.hpp"
#include "app/source_check.hpp"
#include "app/workspace.hpp"
#include "cli/commands/commands.hpp"
#include "cli/digest_file.hpp"
#include "cli/help.hpp"
#include "cli/image_source.hpp"
#include "cli/one_push.hpp"
#include "cli/output.hpp"
#include "cli/shared_options.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;

constexpr const char* kNotPushed = "was not pushed";

base::Result<unsigned> parse_jobs(const Arguments& arguments) {
  const auto text = arguments.value("--jobs");
  if (!text) return 0U;
  unsigned jobs = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), jobs);
  if (error == std::errc() && end == text->data() + text->size() && jobs >= 1 && jobs <= 64) return jobs;
  return Error(ErrorClass::usage, "usage.jobs", arguments.where("--jobs") + " takes a number from 1 to 64");
}

base::Result<PushOptions> parse_options(Context& context, const Arguments& arguments) {
  PushOptions options;
  BERTH_TRY(options.target, target_options(arguments));
  BERTH_TRY(options.platforms, platform_options(arguments));
  BERTH_TRY(options.jobs, parse_jobs(arguments));
  options.tags = arguments.values("--tag");
  for (const auto& tag : options.tags) BERTH_CHECK(oci::check_tag(tag));
  options.digest_file = arguments.value("--digest-file");
  options.dry_run = arguments.has("--dry-run");
  options.no_clobber = arguments.has("--no-clobber");
  options.require_verification = arguments.has("--require-verification");
  BERTH_TRY(options.network, network_options(context, arguments));
  return options;
}

using Operations = std::vector<std::unique_ptr<PushOperation>>;

// What became of one destination.
struct Outcome {
  Json document{};
  std::optional<Error> error{};
  std::optional<push::ManifestForm> form{};  // of a success
};

Operations start_operations(Context& context, const PushOptions& options, const std::vector<app::Target>& targets,
                            PushProgress& progress) {
  Operations operations;
  for (const auto& target : targets)
    operations.push_back(std::make_unique<PushOperation>(context, options, target, progress));
  return operations;
}

// With several destinations a failure is printed where it happens, and does not stop the others.
void fail(Context& context, const Error& failed, Outcome& outcome) {
  outcome.error = root_cause(context, failed);
  context.terminal.error(*outcome.error, context.subject);
  outcome.document = failure_json(context, *outcome.error);
}

// The checks of all destinations in parallel, so that every login and finding is known before the first upload.
void check_all(Context& context, Operations& operations, image::Source& source, push::ManifestForm form,
               PushProgress& progress, std::vector<Outcome>& outcomes) {
  progress.stage(fmt::format("checking {} destinations", operations.size()));
  std::vector<std::future<base::Result<void>>> checks;
  for (auto& operation : operations)
    checks.push_back(std::async(std::launch::async, [&operation, &source, form, &context]() -> base::Result<void> {
      if (context.app.cancellation.requested()) return context.app.cancellation.error();
      return operation->check(source, form);
    }));
  for (const auto& check : checks) check.wait();
  progress.pause();
  for (std::size_t i = 0; i < operations.size(); ++i) {
    know_target(context, operations[i]->target(), kNotPushed);
    context.events.info("checked " + operations[i]->target().reference());
    operations[i]->show_findings();
    if (const auto checked = checks[i].get(); !checked) fail(context, checked.error(), outcomes[i]);
  }
}

base::Result<PushedImage> push_to(Context& context, PushOperation& operation, image::Source& source,
                                  push::ManifestForm form) {
  know_target(context, operation.target(), kNotPushed);
  if (context.app.cancellation.requested()) return context.app.cancellation.error();
  return operation.push(source, form);
}

// A registry that does not accept the first form gave the image another digest than the destinations before it have:
// they get that form as well, unless they do not accept it. Their blobs are there already.
void use_one_form(Context& context, Operations& operations, image::Source& source, push::ManifestForm form,
                  std::vector<Outcome>& outcomes) {
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (!outcomes[i].form || outcomes[i].form == form || context.app.cancellation.requested()) continue;
    const auto& target = operations[i]->target();
    context.events.info("pushing to " + target.reference() + " once more, for one digest in all destinations");
    auto pushed = push_to(context, *operations[i], source, form);
    if (pushed)
      outcomes[i] = {std::move(pushed->document), std::nullopt, pushed->form};
    else
      context.terminal.warning(target.reference() + " keeps another digest: " + pushed.error().message());
  }
}

base::Result<std::vector<Outcome>> push_to_only(Context& context, PushOperation& operation, image::Source& source,
                                                push::ManifestForm form) {
  BERTH_TRY(auto pushed, push_to(context, operation, source, form));
  std::vector<Outcome> outcomes(1);
  outcomes[0] = {std::move(pushed.document), std::nullopt, pushed.form};
  return outcomes;
}

std::vector<Outcome> push_to_several(Context& context, Operations& operations, image::Source& source,
                                     push::ManifestForm form, PushProgress& progress) {
  std::vector<Outcome> outcomes(operations.size());
  check_all(context, operations, source, form, progress, outcomes);
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (outcomes[i].error) continue;
    context.events.info("pushing to " + operations[i]->target().reference());
    auto pushed = push_to(context, *operations[i], source, form);
    if (!pushed) {
      fail(context, pushed.error(), outcomes[i]);
      continue;
    }
    form = pushed->form;
    outcomes[i] = {std::move(pushed->document), std::nullopt, form};
  }
  use_one_form(context, operations, source, form, outcomes);
  return outcomes;
}

base::Result<std::vector<Outcome>> push_to_all(Context& context, Operations& operations, image::Source& source,
                                               push::ManifestForm form, PushProgress& progress) {
  auto outcomes = operations.size() == 1 ? push_to_only(context, *operations.front(), source, form)
                                         : base::Result(push_to_several(context, operations, source, form, progress));
  if (outcomes)
    for (std::size_t i = 0; i < operations.size(); ++i)
      if (!(*outcomes)[i].error) operations[i]->close();
  return outcomes;
}

// The results, one line each; the digests, each once.
std::vector<std::string> print_results(Context& context, const std::vector<Outcome>& outcomes) {
  std::vector<std::string> digests;
  for (const auto& outcome : outcomes) {
    if (outcome.error) continue;
    const auto& document = outcome.document;
    std::string digest = document.string_or("digest", "");
    for (const char* key : {"digest", "digest_reference"}) context.known.set(key, document.string_or(key, ""));
    if (!context.json) context.out << document.string_or("digest_reference", "") << '\n';
    if (std::find(digests.begin(), digests.end(), digest) == digests.end()) digests.push_back(std::move(digest));
  }
  return digests;
}

// One document: that of the only destination, or all of them.
void print_documents(Context& context, Json::Array documents, bool ok) {
  if (!context.json) return;
  if (documents.size() == 1) return print_json(context, documents.front());
  print_json(context, Json::object({{"schema", 1}, {"ok", ok}, {"destinations", Json(std::move(documents))}}));
}

base::Result<int> push_for_real(Context& context, Operations& operations, push::ManifestForm form,
                                image::Source& source, PushProgress& progress, DigestFile digest_file) {
  BERTH_TRY(auto outcomes, push_to_all(context, operations, source, form, progress));
  const auto digests = print_results(context, outcomes);
  BERTH_CHECK(digest_file.write(context, digests));
  Json::Array documents;
  for (auto& outcome : outcomes) documents.push_back(std::move(outcome.document));
  const auto failed = std::ranges::find_if(outcomes, [](const auto& outcome) { return outcome.error.has_value(); });
  print_documents(context, std::move(documents), failed == outcomes.end());
  return failed != outcomes.end() ? failed->error->exit_status() : 0;
}

base::Result<int> dry_run(Context& context, const PushOptions& options, const std::vector<app::Target>& targets,
                          image::Source& source) {
  Json::Array documents;
  for (const auto& target : targets) {
    know_target(context, target, kNotPushed);
    const auto plan = push::plan_push(source.contents(), manifest_form(targets));
    app::show_notices(source, finding_shower(context));
    BERTH_CHECK(check_expected(target, plan));
    BERTH_CHECK(app::check_content(context.app, target, options.network, plan, source, context.events));
    if (!target.uri.is_layout()) BERTH_CHECK(app::check_not_blocked(context.app, target.reference()));
    if (!context.json) print_plan(context, target, plan);
    documents.push_back(plan_json(context, plan));
  }
  print_documents(context, std::move(documents), true);
  return 0;
}

base::Result<std::vector<app::Target>> find_targets(Context& context, const PushOptions& options,
                                                    std::span<const std::string> typed,
                                                    const app::Workspace& workspace) {
  std::vector<app::Target> targets;
  for (const auto& destination : typed) {
    context.subject = fmt::format("{} {}", destination.empty() ? "\"\"" : destination, kNotPushed);
    BERTH_TRY(auto target, app::find_target(destination, options.target, workspace.contents, workspace.index));
    targets.push_back(std::move(target));
  }
  if (targets.size() == 1) know_target(context, targets.front(), kNotPushed);
  return targets;
}

std::vector<std::string> hosts_of(const std::vector<app::Target>& targets) {
  std::vector<std::string> hosts;
  for (const auto& target : targets)
    if (!target.uri.is_layout()) hosts.push_back(target.uri.host());
  return hosts;
}

base::Result<int> run_push(Context& context, const Arguments& arguments) {
  const auto& operands = arguments.operands;
  const bool from_daemon = operands.size() == 1;
  if (from_daemon && image::has_transport(operands[0]))
    return Error(ErrorClass::usage, "usage.destination", "push needs a destination")
        .fix("berth push " + operands[0] + " DESTINATION");
  BERTH_TRY(const auto options, parse_options(context, arguments));
  BERTH_TRY(const auto workspace, app::open_workspace(context.app, context.events));
  BERTH_TRY(const auto targets,
            find_targets(context, options, std::span(operands).subspan(from_daemon ? 0 : 1), workspace));
  if (targets.size() > 1) context.subject = fmt::format("{} {}", operands[0], kNotPushed);
  if (!from_daemon) BERTH_CHECK(image::SourceSpec::parse(operands[0]));
  announce_targets(context, options.dry_run ? "would push to" : "pushing to", targets);
  const auto progress = make_progress(context.terminal);
  progress->stage("reading " + (from_daemon ? "the image from the docker daemon" : operands[0]));
  // The flavors start while the image is opened.
  auto operations = options.dry_run ? Operations() : start_operations(context, options, targets, *progress);
  auto source = from_daemon ? open_local_image(context, targets.front().reference(), operands[0], options.platforms)
                            : open_image(context, operands[0], options.platforms,
                                         {workspace.contents, options.network, hosts_of(targets)});
  progress->pause();
  if (!source) return std::move(source).error();
  if (options.dry_run) return dry_run(context, options, targets, **source);
  BERTH_TRY(auto digest_file, DigestFile::open(context, options.digest_file));
  return push_for_real(context, operations, manifest_form(targets), **source, *progress, std::move(digest_file));
}

}  // namespace

Command push_command() {
  Command command;
  command.name = "push";
  command.summary = "Push an image to one or more registries";
  command.operands = {{"SOURCE", false, false}, {"DESTINATION", true, true}};
  command.examples = {"berth push oci:build:1.2 prod/team/app:1.2",
                      "berth push docker-archive:app.tar localhost:5000/app:1",
                      "docker save app:1 | berth push docker-archive:- ghcr.example/acme/app:1"};
  command.options = {{"--tag", "T", "additional tag", true, {}, {}},
                     {"--platform", "OS/ARCH", "only this platform", true, {}, {}},
                     {"--dry-run", "", "print the plan; upload nothing", false, {}, {}},
                     {"--digest-file", "FILE", "write the digest to FILE; - is standard output", false, {}, {}},
                     {"--jobs", "N", "parallel uploads", false, "BERTH_JOBS", {}},
                     {"--no-clobber", "", "fail if a tag exists with another digest", false, {}, {}},
                     {"--require-verification", "", "fail if the image cannot be read back", false, {}, {}}};
  for (const auto& list : {target_option_list(), network_option_list()})
    command.options.insert(command.options.end(), list.begin(), list.end());
  command.sections = {source_help(true), destination_help(), environment_help(), exit_status_help()};
  command.unbuilt = {"--limit-rate", "--compression", "--no-cache"};
  command.run = run_push;
  return command;
}

}  // namespace berth::cli
