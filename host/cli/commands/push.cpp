#include <fmt/format.h>

#include <charconv>

#include "base/files.hpp"
#include "cli/commands/commands.hpp"
#include "cli/connection.hpp"
#include "cli/image_source.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/workspace.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;
using Clock = std::chrono::steady_clock;

struct PushOptions {
  TargetOptions target;
  NetworkOptions network;
  std::vector<std::string> tags;
  std::vector<oci::Platform> platforms;
  std::optional<std::string> digest_file;
  unsigned jobs = 0;
  bool dry_run = false;
  bool no_clobber = false;
};

base::Result<unsigned> parse_jobs(const Arguments& arguments) {
  const auto text = arguments.value("--jobs");
  if (!text) return 0U;
  unsigned jobs = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), jobs);
  if (error == std::errc() && end == text->data() + text->size() && jobs >= 1 && jobs <= 64) return jobs;
  return Error(ErrorClass::usage, "usage.jobs", "--jobs takes a number from 1 to 64");
}

base::Result<PushOptions> parse_options(Context& context, const Arguments& arguments) {
  PushOptions options;
  BERTH_TRY(options.target, target_options(arguments));
  BERTH_TRY(options.network, network_options(context, arguments));
  BERTH_TRY(options.platforms, platform_options(arguments));
  BERTH_TRY(options.jobs, parse_jobs(arguments));
  options.tags = arguments.values("--tag");
  for (const auto& tag : options.tags) BERTH_CHECK(oci::check_tag(tag));
  options.digest_file = arguments.value("--digest-file");
  options.dry_run = arguments.has("--dry-run");
  options.no_clobber = arguments.has("--no-clobber");
  return options;
}

// One image on its way to one destination.
class OnePush {
 public:
  OnePush(Context& context, const PushOptions& options, const Target& target, image::Source& source)
      : context_(context), options_(options), target_(target), source_(source), plan_(plan_for(target, source)) {}

  // The JSON of a success; what is known of a failure is in the context.
  base::Result<Json> run() {
    const auto begin = Clock::now();
    const Target& target = target_;
    if (target.tag_assumed && !context_.quiet) context_.terminal.line("no tag given: latest");
    if (!context_.quiet) context_.terminal.line(fmt::format("pushing to {} ({})", chosen(), target.why));
    if (!target.uri.is_layout()) connection_ = connect(context_, target, options_.network);
    BERTH_TRY(destination_, make_destination());
    const auto push_options = make_push_options();
    if (options_.no_clobber) BERTH_CHECK(check_absent(push_options));
    BERTH_TRY(auto plugin, start_plugin(context_, *target.flavor, target.uri, target.settings));
    const auto progress = make_progress(context_.terminal);
    flavor::Services services;
    services.session = connection_.session.get();
    services.push = [&] {
      return push::push(plan_, source_, *destination_, push_options, *progress, context_.cancellation, context_.log);
    };
    const auto view = image_view(target, &plan_);
    BERTH_TRY(auto outcome, plugin.push(view, services));
    show_findings(context_, outcome.findings);
    if (!outcome.report) return refused_by_findings();
    if (auto closed = plugin.close(); !closed)
      context_.terminal.warning(closed.error().message() + ": " + closed.error().cause());
    return success_json(*outcome.report, std::chrono::duration<double>(Clock::now() - begin).count());
  }

 private:
  std::string chosen() const {
    const std::string& flavor = target_.flavor->metadata->flavor;
    return target_.registry ? fmt::format("{}, flavor {}", *target_.registry, flavor) : "flavor " + flavor;
  }

  base::Result<std::unique_ptr<push::Destination>> make_destination() {
    if (target_.uri.is_layout())
      return push::layout_destination(target_.uri.directory(), target_.repository, context_.cancellation);
    return push::registry_destination(*connection_.session, target_.full_repository, context_.cancellation,
                                      context_.log);
  }

  [[nodiscard]] push::Options make_push_options() const {
    push::Options options;
    if (target_.tag) options.tags.push_back(*target_.tag);
    options.tags.insert(options.tags.end(), options_.tags.begin(), options_.tags.end());
    options.expected = target_.digest;
    options.jobs = options_.jobs;
    return options;
  }

  base::Result<void> check_absent(const push::Options& options) {
    for (const auto& tag : options.tags) {
      BERTH_TRY(const auto stored, destination_->resolve(tag));
      if (stored && stored != plan_.digest)
        return Error(ErrorClass::validation, "push.exists", fmt::format("tag {} exists", tag))
            .cause("it is " + stored->str())
            .fix("another tag, or leave out --no-clobber");
    }
    return {};
  }

  Error refused_by_findings() const {
    return Error(ErrorClass::validation, "push.findings",
                 fmt::format("flavor {} found what would fail", target_.flavor->metadata->flavor))
        .cause("the findings of severity error above; nothing was moved");
  }

  Json success_json(const push::Report& report, double seconds) const {
    Json document = Json::object({{"schema", 1}, {"ok", true}});
    for (const auto& [key, value] : *context_.known.as_object()) document.set(key, value);
    document.set("digest", report.digest.str());
    document.set("digest_reference", target_.name() + "@" + report.digest.str());
    document.set("bytes", Json::object({{"uploaded", report.bytes_uploaded}, {"reused", report.bytes_reused}}));
    Json blobs = Json::array();
    for (const auto& blob : report.blobs)
      blobs.push_back(Json::object({{"digest", blob.digest.str()},
                                    {"size", blob.size},
                                    {"kind", blob.kind == image::BlobKind::config ? "config" : "layer"},
                                    {"action", blob.action == push::Action::uploaded ? "uploaded" : "reused"}}));
    document.set("blobs", std::move(blobs));
    document.set("seconds", seconds);
    return document;
  }

  Context& context_;
  const PushOptions& options_;
  const Target& target_;
  image::Source& source_;
  const push::Plan plan_;
  Connection connection_;
  std::unique_ptr<push::Destination> destination_;
};

Json plan_json(const push::Plan& plan) {
  Json blobs = Json::array();
  for (const auto& blob : plan.blobs)
    blobs.push_back(Json::object({{"digest", blob.digest ? Json(blob.digest->str()) : Json()},
                                  {"size", blob.size},
                                  {"kind", blob.kind == image::BlobKind::config ? "config" : "layer"},
                                  {"media_type", blob.media_type}}));
  return Json::object({{"digest", plan.digest ? Json(plan.digest->str()) : Json()},
                       {"media_type", plan.media_type},
                       {"blobs", std::move(blobs)}});
}

void print_plan(Context& context, const Target& target, const push::Plan& plan) {
  context.out << fmt::format("{}: {} blobs, at most {}{}\n", target.reference(), plan.blobs.size(),
                             human_size(plan.total_size), plan.digest ? ", " + plan.digest->str() : "");
  for (const auto& blob : plan.blobs)
    context.out << fmt::format("  {} {} {}\n", blob.kind == image::BlobKind::config ? "config" : "layer ",
                               blob.digest ? blob.digest->str() : "to be compressed", human_size(blob.size));
}

void know(Context& context, const Target& target) {
  context.subject = target.reference() + " was not pushed";
  context.known = Json::object({{"reference", target.reference()},
                                {"registry", target.registry ? Json(*target.registry) : Json()},
                                {"flavor", target.flavor->metadata->flavor},
                                {"findings", Json::array()}});
}

base::Result<void> write_digest(const PushOptions& options, const Json& result) {
  if (!options.digest_file) return {};
  return base::write_file_atomically(*options.digest_file, result.string_or("digest", "") + "\n", 0644);
}

// All of them in turn: one that fails does not keep the others from theirs.
base::Result<int> push_to_all(Context& context, const PushOptions& options, const std::vector<Target>& targets,
                              image::Source& source) {
  Json list = Json::array();
  std::optional<Error> first;
  for (const auto& target : targets) {
    know(context, target);
    auto result = OnePush(context, options, target, source).run();
    if (result) {
      BERTH_CHECK(write_digest(options, *result));
      if (!context.json) context.out << result->string_or("digest_reference", "") << '\n';
      list.push_back(std::move(*result));
      continue;
    }
    if (targets.size() == 1) return std::move(result).error();
    context.terminal.error(result.error(), context.subject);
    list.push_back(failure_json(context, result.error()));
    if (!first) first = std::move(result).error();
    if (context.cancellation.requested()) break;
  }
  if (context.json && targets.size() == 1) print_json(context, (*list.as_array())[0]);
  if (context.json && targets.size() > 1)
    print_json(context, Json::object({{"schema", 1}, {"ok", !first}, {"destinations", std::move(list)}}));
  return first ? first->exit_status() : 0;
}

base::Result<int> run_push(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto options, parse_options(context, arguments));
  BERTH_TRY(const auto workspace, open_workspace(context));
  const bool from_daemon = arguments.operands.size() == 1;
  if (from_daemon && image::has_transport(arguments.operand(0)))
    return Error(ErrorClass::usage, "usage.destination", "push needs a destination")
        .fix("berth push " + arguments.operand(0) + " DESTINATION");
  std::vector<Target> targets;
  for (std::size_t i = from_daemon ? 0 : 1; i < arguments.operands.size(); ++i) {
    context.subject = arguments.operand(i) + " was not pushed";
    BERTH_TRY(auto target, find_target(arguments.operand(i), options.target, workspace.contents, workspace.index));
    targets.push_back(std::move(target));
  }
  know(context, targets.front());
  const auto source_context = make_source_context(context, options.platforms);
  auto source = from_daemon ? open_local_image(targets.front().reference(), arguments.operand(0), source_context)
                            : open_image(arguments.operand(0), source_context);
  if (!source) return std::move(source).error();
  if (!options.dry_run) return push_to_all(context, options, targets, **source);
  for (const auto& target : targets)
    if (!context.json) print_plan(context, target, plan_for(target, **source));
  if (context.json)
    print_json(context, Json::object({{"schema", 1},
                                      {"ok", true},
                                      {"reference", targets.front().reference()},
                                      {"plan", plan_json(plan_for(targets.front(), **source))}}));
  return 0;
}

}  // namespace

Command push_command() {
  Command command;
  command.name = "push";
  command.summary = "move an image into a container registry, or into several";
  command.operands = {{"SOURCE", false, false}, {"DESTINATION", true, true}};
  command.examples = {"berth push oci:build:1.2 prod/team/app:1.2",
                      "berth push docker-archive:app.tar localhost:5000/app:1",
                      "docker save app:1 | berth push docker-archive:- prod/app:1"};
  command.options = {{"--tag", "T", "one more tag for the same image", true, {}, {}},
                     {"--platform", "OS/ARCH", "this platform alone", true, {}, {}},
                     {"--dry-run", "", "say what would move, and move nothing", false, {}, {}},
                     {"--digest-file", "FILE", "write the digest there", false, {}, {}},
                     {"--jobs", "N", "blobs at once", false, "BERTH_JOBS", {}},
                     {"--no-clobber", "", "refuse to move an existing tag", false, {}, {}}};
  for (const auto& list : {target_option_list(), network_option_list()})
    command.options.insert(command.options.end(), list.begin(), list.end());
  command.run = run_push;
  return command;
}

}  // namespace berth::cli
