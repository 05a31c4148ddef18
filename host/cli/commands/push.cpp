#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "base/files.hpp"
#include "cli/commands/commands.hpp"
#include "cli/image_source.hpp"
#include "cli/one_push.hpp"
#include "cli/output.hpp"
#include "cli/registries.hpp"
#include "cli/workspace.hpp"

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
  BERTH_TRY(options.network, network_options(context, arguments));
  return options;
}

// What became of the destinations, in their order.
struct Outcomes {
  Json::Array documents;
  std::vector<std::string> digests;  // each once
  std::optional<Error> first;        // that failed
};

void add_success(Context& context, Json document, Outcomes& outcomes) {
  const std::string digest = document.string_or("digest", "");
  auto& digests = outcomes.digests;
  if (std::find(digests.begin(), digests.end(), digest) == digests.end()) digests.push_back(digest);
  for (const char* key : {"digest", "digest_reference"}) context.known.set(key, document.string_or(key, ""));
  if (!context.json) context.out << document.string_or("digest_reference", "") << '\n';
  outcomes.documents.push_back(std::move(document));
}

// All of them in turn: one that fails does not keep the others from theirs.
base::Result<Outcomes> push_to_all(Context& context, const PushOptions& options, const std::vector<Target>& targets,
                                   std::unique_ptr<EarlyStart> early, image::Source& source) {
  Outcomes outcomes;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto& target = targets[i];
    // The next one's flavor begins while this one is pushed to.
    auto next =
        i + 1 < targets.size() ? std::make_unique<EarlyStart>(context, targets[i + 1], options.network) : nullptr;
    const auto this_one = std::exchange(early, std::move(next));
    know_target(context, target, kNotPushed);
    auto result = context.cancellation.requested() ? base::Result<Json>(context.cancellation.error())
                                                   : push_one(context, options, target, *this_one, source);
    if (result) {
      add_success(context, std::move(*result), outcomes);
      continue;
    }
    if (targets.size() == 1) return std::move(result).error();
    const Error error = true_reason(context, result.error());
    context.terminal.error(error, context.subject);
    outcomes.documents.push_back(failure_json(context, error));
    if (!outcomes.first) outcomes.first = error.clone();
  }
  return outcomes;
}

// One document: that of the only destination, or all of them.
void print_documents(Context& context, Json::Array documents, bool ok) {
  if (!context.json) return;
  if (documents.size() == 1) return print_json(context, documents.front());
  print_json(context, Json::object({{"schema", 1}, {"ok", ok}, {"destinations", Json(std::move(documents))}}));
}

base::Result<void> write_digests(Context& context, const PushOptions& options, const Outcomes& outcomes) {
  if (!options.digest_file || outcomes.digests.empty()) return {};
  std::string text;
  for (const auto& digest : outcomes.digests) text += digest + "\n";
  auto written = base::write_file_atomically(*options.digest_file, text, 0644);
  if (!written) context.subject = "the image was pushed, its digest was not written";
  return written;
}

base::Result<int> push_for_real(Context& context, const PushOptions& options, const std::vector<Target>& targets,
                                std::unique_ptr<EarlyStart> early, image::Source& source) {
  BERTH_TRY(auto outcomes, push_to_all(context, options, targets, std::move(early), source));
  BERTH_CHECK(write_digests(context, options, outcomes));
  print_documents(context, std::move(outcomes.documents), !outcomes.first);
  return outcomes.first ? outcomes.first->exit_status() : 0;
}

base::Result<int> dry_run(Context& context, const std::vector<Target>& targets, image::Source& source) {
  Json::Array documents;
  for (const auto& target : targets) {
    know_target(context, target, kNotPushed);
    show_choice(context, "would push to", target);
    const auto plan = plan_for(target, source);
    BERTH_CHECK(check_expected(target, plan));
    if (!target.uri.is_layout()) BERTH_CHECK(check_not_blocked(context, target.reference()));
    if (!context.json) print_plan(context, target, plan);
    documents.push_back(plan_json(context, plan));
  }
  print_documents(context, std::move(documents), true);
  return 0;
}

base::Result<std::vector<Target>> find_targets(Context& context, const PushOptions& options,
                                               std::span<const std::string> typed, const Workspace& workspace) {
  std::vector<Target> targets;
  for (const auto& destination : typed) {
    context.subject = fmt::format("{} {}", destination.empty() ? "\"\"" : destination, kNotPushed);
    BERTH_TRY(auto target, find_target(destination, options.target, workspace.contents, workspace.index));
    targets.push_back(std::move(target));
  }
  if (targets.size() == 1) know_target(context, targets.front(), kNotPushed);
  return targets;
}

std::vector<std::string> hosts_of(const std::vector<Target>& targets) {
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
  BERTH_TRY(const auto workspace, open_workspace(context));
  BERTH_TRY(const auto targets,
            find_targets(context, options, std::span(operands).subspan(from_daemon ? 0 : 1), workspace));
  if (targets.size() > 1) context.subject = fmt::format("{} {}", operands[0], kNotPushed);
  auto early = options.dry_run ? nullptr : std::make_unique<EarlyStart>(context, targets.front(), options.network);
  auto source = from_daemon ? open_local_image(context, targets.front().reference(), operands[0], options.platforms)
                            : open_image(context, operands[0], options.platforms,
                                         {workspace.contents, options.network, hosts_of(targets)});
  if (!source) return std::move(source).error();
  if (options.dry_run) return dry_run(context, targets, **source);
  return push_for_real(context, options, targets, std::move(early), **source);
}

}  // namespace

Command push_command() {
  Command command;
  command.name = "push";
  command.summary = "move an image into a container registry, or into several";
  command.operands = {{"SOURCE", false, false}, {"DESTINATION", true, true}};
  command.examples = {"berth push oci:build:1.2 prod/team/app:1.2",
                      "berth push docker-archive:app.tar localhost:5000/app:1",
                      "berth push docker://ghcr.example/acme/app:1 prod/app:1"};
  command.options = {{"--tag", "T", "one more tag for the same image", true, {}, {}},
                     {"--platform", "OS/ARCH", "this platform alone", true, {}, {}},
                     {"--dry-run", "", "say what would move, and move nothing", false, {}, {}},
                     {"--digest-file", "FILE", "write the digest there", false, {}, {}},
                     {"--jobs", "N", "blobs at once", false, "BERTH_JOBS", {}},
                     {"--no-clobber", "", "refuse to move an existing tag", false, {}, {}}};
  for (const auto& list : {target_option_list(), network_option_list()})
    command.options.insert(command.options.end(), list.begin(), list.end());
  command.unbuilt = {"--limit-rate", "--compression", "--no-cache"};
  command.run = run_push;
  return command;
}

}  // namespace berth::cli
