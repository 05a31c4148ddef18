#include "app/push.hpp"

#include <algorithm>
#include <memory>

#include "app/destination_kinds.hpp"
#include "app/destinations.hpp"
#include "app/digest_file.hpp"
#include "app/image_source.hpp"
#include "app/push_run.hpp"
#include "app/root_cause.hpp"
#include "app/source_check.hpp"
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

// Everything after the destinations were resolved. An error concerns all of them.
base::Result<void> push_resolved(const App& app, const PushRequest& request,
                                 const ResolvedTargets& resolved, PushEvents& events,
                                 PushReport& report) {
  const auto& targets = resolved.targets;
  auto& outcomes = report.outcomes;
  if (!request.from_daemon) BERTH_CHECK(image::SourceSpec::parse(request.source));
  BERTH_TRY(const auto encoding, encoding_for(request, targets));
  BERTH_TRY(const auto form, form_for(request, targets, encoding));
  announce(app, targets, events);
  // The flavors start while the image is opened.
  push::DigestCache cache(request.use_cache ? app.paths.digest_cache : "", app.log);
  std::optional<push::RateLimit> rate_limit;
  if (request.limit_rate != 0) rate_limit.emplace(request.limit_rate);
  push::BlobLocations locations(cache);
  const PushResources resources{cache, locations, rate_limit ? &*rate_limit : nullptr, encoding};
  ParallelEvents parallel(events, targets.size());
  PushOperations operations;
  for (std::size_t i = 0; i < targets.size(); ++i)
    operations.push_back(
        std::make_unique<PushOperation>(app, request, targets[i], parallel.of(i), resources));
  BERTH_TRY(const auto image,
            open_source(app, request, resolved, known_images(cache, encoding), events));
  push::PushSource source(*image);
  BERTH_TRY(auto digest_file, DigestFile::open(request.digest_file));
  run_pushes(app, operations, {source, form}, parallel, outcomes);
  remember_image(request, *image, outcomes, cache);
  auto written = digest_file.write(distinct_digests(outcomes), app.cancellation);
  if (!written) report.digest_file_error = root_cause(app.cancellation, written.error());
  return {};
}

// Checks what can be checked without uploading anything.
base::Result<void> check_plan(const App& app, const PushRequest& request, const Target& target,
                              const ContentToCheck& content, PushEvents& events) {
  BERTH_CHECK(check_expected(target, content.plan));
  BERTH_CHECK(check_content_for_dry_run(app, target, request.network, content, events));
  return kind_of(target).check_allowed(app, target);
}

base::Result<void> plan_resolved(const App& app, const PushRequest& request,
                                 const ResolvedTargets& resolved, PushEvents& events,
                                 std::vector<PlanOutcome>& outcomes) {
  const auto& targets = resolved.targets;
  if (!request.from_daemon) BERTH_CHECK(image::SourceSpec::parse(request.source));
  BERTH_TRY(const auto encoding, encoding_for(request, targets));
  BERTH_TRY(const auto form, form_for(request, targets, encoding));
  announce(app, targets, events);
  push::DigestCache cache(request.use_cache ? app.paths.digest_cache : "", app.log);
  BERTH_TRY(const auto image,
            open_source(app, request, resolved, known_images(cache, encoding), events));
  push::PushSource source(*image);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    auto& outcome = outcomes[i];
    auto plan = push::plan_push(image->contents(), form, encoding);
    report_notices(*image, [&](const auto& finding) {
      outcome.destination.findings.push_back(finding);
      events.finding(finding);
    });
    if (const auto checked = check_plan(app, request, targets[i], {plan, source}, events);
        !checked) {
      fail(app, checked.error(), outcome.destination, events);
      outcomes.resize(i + 1);
      return {};
    }
    outcome.plan = std::move(plan);
  }
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
  outcomes.resize(destinations.failed ? 1 : destinations.targets.size());
  if (destinations.failed) {
    outcomes.front().destination = std::move(*destinations.failed);
    events.failed(outcomes.front().destination);
    return {};
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    outcomes[i].destination = {.given = request.destinations[i],
                               .resolved = describe_target(destinations.targets[i])};
  auto done = run(ResolvedTargets{destinations.targets, workspace});
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
