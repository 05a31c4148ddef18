#include "cli/one_push.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "app/source_check.hpp"
#include "cli/image_source.hpp"
#include "cli/output.hpp"
#include "cli/progress_meter.hpp"
#include "push/verify.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;
using Clock = std::chrono::steady_clock;

base::Result<std::unique_ptr<push::Destination>> make_destination(Context& context, const app::Target& target,
                                                                  const app::Connection& connection,
                                                                  const registry::UploadRules& rules,
                                                                  const http::RetryObserver& on_retry) {
  if (target.uri.is_layout())
    return push::layout_destination(target.uri.directory(), target.repository, context.app.cancellation);
  return push::registry_destination(*connection.session, target.full_repository, rules, context.app.cancellation,
                                    context.app.log, on_retry);
}

push::Options make_push_options(const PushOptions& options, const app::Target& target) {
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

// Requests the token that the push will need, or one response with the credentials. What a registry answers otherwise
// does not decide: some have no GET /v2/ for clients, and accept pushes.
base::Result<void> check_login(registry::Session& session, const std::string& repository) {
  const auto granted = session.ask_granted(repository, "pull,push");
  if (granted) return {};
  switch (granted.error().error_class()) {
    case ErrorClass::not_found:
    case ErrorClass::server:
      return {};
    default:
      return granted.error().clone();
  }
}

Error refused_by_findings(const app::Target& target) {
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

Json success_json(const Context& context, const app::Target& target, const push::Report& report, double seconds) {
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

// What is kept from check() to push(). Destroyed in reverse order: the connection uses the plugin.
struct PushOperation::Connected {
  flavor::Plugin plugin;
  app::Connection connection{};
  std::unique_ptr<push::Destination> destination{};
};

PushOperation::PushOperation(Context& context, const PushOptions& options, const app::Target& target,
                             PushProgress& progress)
    : context_(context),
      options_(options),
      target_(target),
      progress_(progress),
      early_(context.app, target, options.network) {}

PushOperation::~PushOperation() = default;

const app::Target& PushOperation::target() const { return target_; }

base::Result<PushOperation::Connected*> PushOperation::connect_once() {
  if (connected_) return connected_.get();
  BERTH_TRY(auto started, early_.take());
  auto connected = std::make_unique<Connected>(Connected{std::move(started.plugin)});
  const http::RetryObserver on_retry = [this](const auto& event) { progress_.retrying(event); };
  if (!target_.uri.is_layout()) {
    BERTH_TRY(connected->connection, app::connect(context_.app,
                                                  {target_, options_.network, app::Purpose::push, connected->plugin,
                                                   std::move(started.credential), on_retry},
                                                  context_.events));
  }
  BERTH_TRY(connected->destination,
            make_destination(context_, target_, connected->connection, connected->plugin.upload_rules(), on_retry));
  connected_ = std::move(connected);
  return connected_.get();
}

bool PushOperation::record(const flavor::Finding& finding) {
  if (std::ranges::find(findings_, finding) != findings_.end()) return false;
  findings_.push_back(finding);
  return true;
}

void PushOperation::print(const flavor::Finding& finding) {
  if (!context_.quiet || finding.severity == flavor::Severity::error)
    context_.terminal.finding(flavor::severity_name(finding.severity), finding.code, finding.message, finding.fix);
}

void PushOperation::found(const flavor::Finding& finding) {
  if (!record(finding)) return;
  context_.known.set("findings", findings_json(findings_));
  print(finding);
}

void PushOperation::show_findings() {
  context_.known.set("findings", findings_json(findings_));
  for (const auto& finding : findings_) print(finding);
}

base::Result<void> PushOperation::check(image::Source& source, push::ManifestForm form) {
  const auto plan = push::plan_push(source.contents(), form);
  BERTH_CHECK(check_expected(target_, plan));
  app::show_notices(source, [this](const auto& finding) { record(finding); });
  BERTH_TRY(auto* connected, connect_once());
  auto checked = check_connected(*connected, source, plan);
  if (!checked) return connected->plugin.explained(std::move(checked).error(), target_.full_repository);
  return checked;
}

base::Result<void> PushOperation::check_connected(Connected& connected, image::Source& source, const push::Plan& plan) {
  flavor::Services services;
  services.session = connected.connection.session.get();
  services.found = [this](const auto& finding) { record(finding); };
  BERTH_TRY(const auto findings, connected.plugin.prepare(image_view(target_, &plan), services));
  if (std::ranges::any_of(findings, [](const auto& one) { return one.severity == flavor::Severity::error; }))
    return refused_by_findings(target_);
  if (services.session != nullptr) BERTH_CHECK(check_login(*services.session, target_.full_repository));
  BERTH_CHECK(app::check_content(target_, plan, source, services.session, services.found));
  const auto push_options = make_push_options(options_, target_);
  return options_.no_clobber ? check_absent(*connected.destination, push_options, plan) : base::Result<void>();
}

base::Result<PushedImage> PushOperation::push(image::Source& source, push::ManifestForm form) {
  const auto plan = push::plan_push(source.contents(), form);
  context_.known.set("findings", findings_json(findings_));
  app::show_notices(source, [this](const auto& finding) { found(finding); });
  progress_.stage("checking " + target_.reference());
  BERTH_TRY(auto* connected, connect_once());
  if (options_.no_clobber)
    BERTH_CHECK(check_absent(*connected->destination, make_push_options(options_, target_), plan));
  auto pushed = push_connected(*connected, source, plan);
  progress_.pause();
  if (!pushed) return connected->plugin.explained(std::move(pushed).error(), target_.full_repository);
  return pushed;
}

void PushOperation::close() {
  if (!connected_) return;
  if (auto closed = connected_->plugin.close(); !closed)
    context_.terminal.warning(closed.error().message() + ": " + closed.error().cause());
}

base::Result<PushedImage> PushOperation::push_connected(Connected& connected, image::Source& source,
                                                        const push::Plan& plan) {
  const auto begin = Clock::now();
  const auto push_options = make_push_options(options_, target_);
  flavor::Services services;
  services.session = connected.connection.session.get();
  services.found = [this](const auto& finding) { found(finding); };
  services.push = [&] {
    return push::push(plan, source, *connected.destination, push_options, progress_, context_.app.cancellation,
                      context_.app.log);
  };
  BERTH_TRY(const auto outcome, connected.plugin.push(image_view(target_, &plan), services));
  if (!outcome.report) return refused_by_findings(target_);
  const auto& report = *outcome.report;
  if (report.unverified) services.found(unverified_finding(push_options, *report.unverified));
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  progress_.finished(report, seconds);
  return PushedImage{success_json(context_, target_, report, seconds), report.form};
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

void print_plan(Context& context, const app::Target& target, const push::Plan& plan) {
  context.out << fmt::format("{}: {} blobs, at most {}{}\n", target.reference(), plan.blobs.size(),
                             human_size(plan.total_size), plan.digest ? ", " + plan.digest->str() : "");
  for (const auto& blob : plan.blobs)
    context.out << fmt::format("  {:<6} {} {}\n", kind_name(blob.kind),
                               blob.digest ? blob.digest->str() : "to be compressed", human_size(blob.size));
}

}  // namespace berth::cli
