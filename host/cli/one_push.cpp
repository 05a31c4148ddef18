#include "cli/one_push.hpp"

#include <fmt/format.h>

#include <chrono>

#include "cli/image_source.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/progress_meter.hpp"
#include "cli/source_check.hpp"
#include "push/verify.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;
using Clock = std::chrono::steady_clock;

base::Result<std::unique_ptr<push::Destination>> make_destination(Context& context, const Target& target,
                                                                  const Connection& connection,
                                                                  const registry::UploadRules& rules,
                                                                  const http::RetryObserver& on_retry) {
  if (target.uri.is_layout())
    return push::layout_destination(target.uri.directory(), target.repository, context.cancellation);
  return push::registry_destination(*connection.session, target.full_repository, rules, context.cancellation,
                                    context.log, on_retry);
}

push::Options make_push_options(const PushOptions& options, const Target& target) {
  push::Options made;
  if (target.tag) made.tags.push_back(*target.tag);
  made.tags.insert(made.tags.end(), options.tags.begin(), options.tags.end());
  made.expected = target.digest;
  made.jobs = options.jobs;
  made.require_verification = options.require_verification;
  // What a disk does not return now, it does not return later.
  if (target.uri.is_layout()) made.verification.total = std::chrono::milliseconds(0);
  return made;
}

// A tag that cannot be looked up may exist.
Error unknown_tag(const Error& refusal, const std::string& tag) {
  return Error(refusal.error_class(), refusal.code(), fmt::format("cannot tell whether tag {} exists", tag))
      .cause(refusal.message() + (refusal.cause().empty() ? "" : ": " + refusal.cause()))
      .registry(refusal.registry())
      .fix("use credentials that are authorized to pull, or leave out --no-clobber");
}

base::Result<void> check_absent(push::Destination& destination, const push::Options& options, const push::Plan& plan) {
  for (const auto& tag : options.tags) {
    const auto stored = push::look_up(destination, tag);
    if (!stored) return push::is_refusal(stored.error()) ? unknown_tag(stored.error(), tag) : stored.error().clone();
    if (!*stored || *stored == plan.digest) continue;
    return Error(ErrorClass::validation, "push.exists", fmt::format("tag {} exists", tag))
        .cause("it points to " + (*stored)->str())
        .fix("use another tag, or leave out --no-clobber");
  }
  return {};
}

flavor::Finding unverified_finding(const push::Options& options, const Error& refusal) {
  const std::string tag = options.tags.empty() ? "the digest" : "tag " + options.tags.front();
  return {flavor::Severity::warning, "push.unverified",
          fmt::format("pushed, but not verified: {} cannot be read back: {}", tag, refusal.message()),
          "use credentials that are also authorized to pull"};
}

Error refused_by_findings(const Target& target) {
  return Error(ErrorClass::validation, "push.findings",
               fmt::format("flavor {} found what would fail", target.flavor->metadata->flavor))
      .cause("the findings of severity error above; nothing was moved");
}

Json moved_json(const push::Report& report) {
  Json blobs = Json::array();
  for (const auto& blob : report.blobs)
    blobs.push_back(Json::object({{"digest", blob.digest.str()},
                                  {"size", blob.size},
                                  {"kind", kind_name(blob.kind)},
                                  {"action", action_name(blob.action)}}));
  return blobs;
}

Json success_json(const Context& context, const Target& target, const push::Report& report, double seconds) {
  Json document = Json::object({{"schema", 1}, {"ok", true}});
  for (const auto& [key, value] : *context.known.as_object()) document.set(key, value);
  document.set("digest", report.digest.str());
  document.set("digest_reference", target.name() + "@" + report.digest.str());
  document.set("verified", !report.unverified);
  document.set("bytes", Json::object({{"uploaded", report.bytes_uploaded}, {"reused", report.bytes_reused}}));
  document.set("blobs", moved_json(report));
  document.set("seconds", seconds);
  return document;
}

}  // namespace

base::Result<PushedImage> push_one(Context& context, const PushOptions& options, const Target& target,
                                   EarlyStart& early, image::Source& source, push::ManifestForm form) {
  const auto begin = Clock::now();
  const auto plan = push::plan_push(source.contents(), form);
  show_choice(context, "pushing to", target);
  flavor::Services services;
  services.found = finding_shower(context);
  show_notices(source, services.found);
  BERTH_TRY(auto started, early.take());
  auto& plugin = started.plugin;
  const auto progress = make_progress(context.terminal);
  const http::RetryObserver on_retry = [&progress](const auto& event) { progress->retrying(event); };
  Connection connection;
  if (!target.uri.is_layout()) {
    BERTH_TRY(connection, connect(context, target, options.network, Purpose::push, plugin,
                                  std::move(started.credential), on_retry));
  }
  BERTH_TRY(const auto destination, make_destination(context, target, connection, plugin.upload_rules(), on_retry));
  const auto push_options = make_push_options(options, target);
  if (options.no_clobber) BERTH_CHECK(check_absent(*destination, push_options, plan));
  services.session = connection.session.get();
  services.push = [&] {
    return push::push(plan, source, *destination, push_options, *progress, context.cancellation, context.log);
  };
  auto outcome = plugin.push(image_view(target, &plan), services);
  if (!outcome) return plugin.explained(std::move(outcome).error(), target.full_repository);
  if (!outcome->report) return refused_by_findings(target);
  if (auto closed = plugin.close(); !closed)
    context.terminal.warning(closed.error().message() + ": " + closed.error().cause());
  const auto& report = *outcome->report;
  if (report.unverified) services.found(unverified_finding(push_options, *report.unverified));
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  progress->finished(report, seconds);
  return PushedImage{success_json(context, target, report, seconds), report.form};
}

Json plan_json(const Context& context, const push::Plan& plan) {
  Json blobs = Json::array();
  for (const auto& blob : plan.blobs)
    blobs.push_back(Json::object({{"digest", blob.digest ? Json(blob.digest->str()) : Json()},
                                  {"size", blob.size},
                                  {"kind", kind_name(blob.kind)},
                                  {"media_type", blob.media_type}}));
  Json document = Json::object({{"schema", 1}, {"ok", true}});
  for (const auto& [key, value] : *context.known.as_object()) document.set(key, value);
  document.set("plan", Json::object({{"digest", plan.digest ? Json(plan.digest->str()) : Json()},
                                     {"media_type", plan.media_type},
                                     {"blobs", std::move(blobs)}}));
  return document;
}

void print_plan(Context& context, const Target& target, const push::Plan& plan) {
  context.out << fmt::format("{}: {} blobs, at most {}{}\n", target.reference(), plan.blobs.size(),
                             human_size(plan.total_size), plan.digest ? ", " + plan.digest->str() : "");
  for (const auto& blob : plan.blobs)
    context.out << fmt::format("  {:<6} {} {}\n", kind_name(blob.kind),
                               blob.digest ? blob.digest->str() : "to be compressed", human_size(blob.size));
}

}  // namespace berth::cli
