#include "app/push.hpp"

#include <algorithm>
#include <memory>

#include "app/destinations.hpp"
#include "app/digest_file.hpp"
#include "app/image_source.hpp"
#include "app/plan_operation.hpp"
#include "app/push_run.hpp"
#include "app/root_cause.hpp"
#include "app/source_check.hpp"
#include "app/tagged_images.hpp"
#include "app/workspace.hpp"
#include "http/curl_library.hpp"
#include "image/encoder_identity.hpp"
#include "image/open_source.hpp"
#include "push/digest_cache.hpp"

namespace berth::app {
namespace {

struct ResolvedTargets {
  const std::vector<Target>& targets;
  const Workspace& workspace;
};

// Finds images of a store that were pushed with this encoding. The references must outlive the
// result.
KnownImage known_images(const push::DigestCache& cache, const image::Encoding& encoding) {
  return [&cache, &encoding](const std::string& id) {
    return cache.find_image(id, image::encoder_identity(encoding));
  };
}

base::Result<std::unique_ptr<image::Source>> open_source(const App& app, const PushRequest& request,
                                                         const ResolvedTargets& resolved,
                                                         const KnownImage& known_image,
                                                         PushEvents& events) {
  const auto& targets = resolved.targets;
  events.stage("reading " +
               (request.from_daemon ? "the image from the Docker daemon" : request.source));
  std::vector<std::string> hosts;
  for (const auto& target : targets) hosts.push_back(target.uri.host());
  auto source = request.from_daemon
                    ? open_local_image(app, targets.front().reference(), request.source,
                                       request.platforms, known_image)
                    : open_image(app, request.source, request.platforms,
                                 {resolved.workspace.contents, request.network, std::move(hosts),
                                  known_image},
                                 events);
  events.pause();
  return source;
}

base::Result<image::Encoding> encoding_for(const PushRequest& request,
                                           const std::vector<Target>& targets) {
  if (request.compression) return *request.compression;
  return common_encoding(targets);
}

base::Result<push::ManifestForm> form_for(const PushRequest& request,
                                          const std::vector<Target>& targets,
                                          const image::Encoding& encoding) {
  if (encoding.codec == image::Codec::zstd) {
    if (request.format != push::ManifestForm::docker) return push::ManifestForm::oci;
    return base::Error(base::ErrorClass::usage, "usage.format", "zstd layers require --format oci")
        .fix("omit --format docker, or pass --compression gzip");
  }
  const auto common = common_form(targets);
  if (request.format == push::ManifestForm::docker && common == push::ManifestForm::oci)
    return base::Error(base::ErrorClass::usage, "usage.format",
                       "an OCI layout requires --format oci")
        .fix("omit --format docker, or push to the layout separately");
  return request.format.value_or(common);
}

std::vector<std::string> distinct_digests(const std::vector<PushOutcome>& outcomes) {
  std::vector<std::string> digests;
  for (const auto& outcome : outcomes) {
    if (!outcome.pushed) continue;
    std::string digest = outcome.pushed->report.digest.str();
    if (std::ranges::find(digests, digest) == digests.end()) digests.push_back(std::move(digest));
  }
  return digests;
}

// The docker daemon knows an image by its config: the next push need not export it.
void remember_image(const PushRequest& request, const image::Source& source,
                    const std::vector<PushOutcome>& outcomes, push::DigestCache& cache) {
  const auto spec = image::SourceSpec::parse(request.source);
  const bool of_daemon =
      request.from_daemon || (spec && spec->transport == image::Transport::docker_daemon);
  const auto* image = std::get_if<image::RawImage>(&source.contents());
  const bool pushed =
      std::ranges::any_of(outcomes, [](const auto& outcome) { return outcome.pushed.has_value(); });
  if (of_daemon && image != nullptr && pushed) cache.store_image(*image);
}

// What the pushes of one command share.
struct PushCommand {
  static base::Result<std::unique_ptr<PushCommand>> create(const App& app,
                                                           const PushRequest& request,
                                                           const std::vector<Target>& targets) {
    if (!request.from_daemon) BERTH_CHECK(image::SourceSpec::parse(request.source));
    BERTH_TRY(const auto encoding, encoding_for(request, targets));
    BERTH_TRY(const auto form, form_for(request, targets, encoding));
    return std::make_unique<PushCommand>(app, request, encoding, form);
  }

  PushCommand(const App& app, const PushRequest& request, const image::Encoding& encoding,
              push::ManifestForm form)
      : encoding(encoding),
        form(form),
        cache(request.use_cache ? app.paths.digest_cache : "", app.log) {
    if (request.limit_rate != 0) rate_limit.emplace(request.limit_rate);
    if (request.all_tags) cache.remember_in_memory();
  }
  PushCommand(const PushCommand&) = delete;
  PushCommand& operator=(const PushCommand&) = delete;

  [[nodiscard]] PushResources resources() {
    return {cache, locations, rate_limit ? &*rate_limit : nullptr, encoding};
  }

  const image::Encoding encoding;
  const push::ManifestForm form;
  push::DigestCache cache;
  push::BlobLocations locations{cache};
  std::optional<push::RateLimit> rate_limit;
  std::optional<DigestFile> digest_file;  // opened once the source could be opened
};

struct CommandContext {
  const App& app;
  const PushRequest& request;
  PushEvents& events;
  PushCommand& command;
};

template <typename Outcome>
std::vector<Outcome> begin_outcomes(const PushRequest& request,
                                    const std::vector<Target>& targets) {
  std::vector<Outcome> outcomes(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i)
    outcomes[i].destination = {.given = request.destinations[i],
                               .resolved = describe_target(targets[i])};
  return outcomes;
}

// Opens the images of --all-tags, and calls `run(image, targets, outcomes)` for each with its
// destinations. A push that fails does not stop those of the other images.
template <typename Outcome, typename Run>
base::Result<void> for_tagged_images(const CommandContext& context,
                                     const std::vector<Target>& targets,
                                     std::vector<Outcome>& outcomes, const Run& run) {
  const auto& [app, request, events, command] = context;
  events.stage("reading " + request.source);
  auto opened = open_tagged(app, request, events);
  events.pause();
  BERTH_TRY(auto images, std::move(opened));
  outcomes.clear();
  for (auto& image : images) {
    const auto tagged = with_tag(targets, image.tag);
    announce(app, tagged, events);
    auto results = begin_outcomes<Outcome>(request, tagged);
    run(*image.source, tagged, results);
    for (auto& result : results) outcomes.push_back(std::move(result));
    image.source.reset();
    if (app.cancellation.requested()) break;
  }
  return {};
}

base::Result<void> push_tagged(const CommandContext& context, const std::vector<Target>& targets,
                               std::vector<PushOutcome>& outcomes) {
  const App& app = context.app;
  const PushRequest& request = context.request;
  PushEvents& events = context.events;
  PushCommand& command = context.command;
  BERTH_TRY(command.digest_file, DigestFile::open(request.digest_file));
  return for_tagged_images(
      context, targets, outcomes,
      [&](image::Source& image, const std::vector<Target>& tagged, auto& results) {
        const auto resources = command.resources();
        ParallelEvents parallel(events, tagged.size());
        PushOperations operations;
        for (std::size_t i = 0; i < tagged.size(); ++i)
          operations.push_back(
              std::make_unique<PushOperation>(app, request, tagged[i], parallel.of(i), resources));
        push::PushSource source(image);
        run_pushes(app, operations, {source, command.form}, parallel, results);
      });
}

base::Result<void> push_image(const CommandContext& context, const ResolvedTargets& resolved,
                              std::vector<PushOutcome>& outcomes) {
  const auto& [app, request, events, command] = context;
  const auto& targets = resolved.targets;
  announce(app, targets, events);
  // The flavors start while the image is opened.
  const auto resources = command.resources();
  ParallelEvents parallel(events, targets.size());
  PushOperations operations;
  for (std::size_t i = 0; i < targets.size(); ++i)
    operations.push_back(
        std::make_unique<PushOperation>(app, request, targets[i], parallel.of(i), resources));
  BERTH_TRY(const auto image, open_source(app, request, resolved,
                                          known_images(command.cache, command.encoding), events));
  push::PushSource source(*image);
  BERTH_TRY(command.digest_file, DigestFile::open(request.digest_file));
  run_pushes(app, operations, {source, command.form}, parallel, outcomes);
  remember_image(request, *image, outcomes, command.cache);
  return {};
}

// Everything after the destinations were resolved. An error concerns all of them.
base::Result<void> push_resolved(const App& app, const PushRequest& request,
                                 const ResolvedTargets& resolved, PushEvents& events,
                                 PushReport& report) {
  BERTH_TRY(const auto command, PushCommand::create(app, request, resolved.targets));
  const CommandContext context{app, request, events, *command};
  BERTH_CHECK(request.all_tags ? push_tagged(context, resolved.targets, report.outcomes)
                               : push_image(context, resolved, report.outcomes));
  auto written = command->digest_file->write(distinct_digests(report.outcomes), app.cancellation);
  if (!written) report.digest_file_error = root_cause(app.cancellation, written.error());
  return {};
}

// Ends at the first destination that fails.
void plan_image(const CommandContext& context, image::Source& image,
                const std::vector<Target>& targets, std::vector<PlanOutcome>& outcomes) {
  const App& app = context.app;
  PushEvents& events = context.events;
  const PushCommand& command = context.command;
  push::PushSource source(image);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    auto& outcome = outcomes[i];
    report_notices(image, [&](const auto& finding) {
      outcome.destination.findings.push_back(finding);
      events.finding(finding);
    });
    auto planned = plan_operation(app, {context.request, targets[i], events}, source,
                                  plan_for(targets[i], image, command.form, command.encoding,
                                           {command.cache, command.locations, {}}));
    if (!planned) {
      fail(app, planned.error(), outcome.destination, events);
      outcomes.resize(i + 1);
      return;
    }
    outcome.planned = std::move(*planned);
  }
}

base::Result<void> plan_resolved(const App& app, const PushRequest& request,
                                 const ResolvedTargets& resolved, PushEvents& events,
                                 std::vector<PlanOutcome>& outcomes) {
  const auto& targets = resolved.targets;
  BERTH_TRY(const auto command, PushCommand::create(app, request, targets));
  const CommandContext context{app, request, events, *command};
  const auto plan = [&](image::Source& image, const std::vector<Target>& of_image, auto& results) {
    plan_image(context, image, of_image, results);
  };
  if (request.all_tags) return for_tagged_images(context, targets, outcomes, plan);
  announce(app, targets, events);
  BERTH_TRY(const auto image, open_source(app, request, resolved,
                                          known_images(command->cache, command->encoding), events));
  plan(*image, targets, outcomes);
  return {};
}

// Resolves the destinations, begins their reports and calls `run(resolved)`, whose error concerns
// all.
template <typename Outcome, typename Run>
base::Result<void> for_destinations(const App& app, const PushRequest& request, PushEvents& events,
                                    std::vector<Outcome>& outcomes, const Run& run) {
  const auto curl = http::load_curl();  // while the flavors are searched and started
  BERTH_TRY(const auto workspace, open_workspace(app, events));
  auto destinations = resolve_destinations(request.destinations, request.target, workspace);
  if (destinations.failed) {
    outcomes.resize(1);
    outcomes.front().destination = std::move(*destinations.failed);
    events.failed(outcomes.front().destination);
    return {};
  }
  auto ready = request.all_tags ? remove_default_tags(destinations.targets) : base::Result<void>();
  outcomes = begin_outcomes<Outcome>(request, destinations.targets);
  auto done = ready ? run(ResolvedTargets{destinations.targets, workspace}) : std::move(ready);
  if (done) return {};
  if (outcomes.size() > 1) return root_cause(app.cancellation, done.error());
  fail(app, done.error(), outcomes.front().destination, events);
  return {};
}

}  // namespace

base::Result<PushReport> push(const App& app, const PushRequest& request, PushEvents& events) {
  PushReport report;
  BERTH_CHECK(for_destinations(app, request, events, report.outcomes, [&](const auto& resolved) {
    return push_resolved(app, request, resolved, events, report);
  }));
  return report;
}

base::Result<std::vector<PlanOutcome>> dry_run(const App& app, const PushRequest& request,
                                               PushEvents& events) {
  std::vector<PlanOutcome> outcomes;
  BERTH_CHECK(for_destinations(app, request, events, outcomes, [&](const auto& resolved) {
    return plan_resolved(app, request, resolved, events, outcomes);
  }));
  return outcomes;
}

}  // namespace berth::app
