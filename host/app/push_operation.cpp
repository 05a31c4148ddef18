#include "app/push_operation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "app/destination_kinds.hpp"
#include "app/plan_operation.hpp"
#include "app/running_flavor.hpp"
#include "app/source_check.hpp"
#include "push/verify.hpp"

namespace berth::app {
namespace {

using base::Error;
using base::ErrorClass;

// A tag that cannot be looked up may exist.
Error unknown_tag(const Error& refusal, const std::string& tag) {
  return Error(refusal.error_class(), refusal.code(),
               fmt::format("cannot check whether tag {} exists", tag))
      .cause(refusal.message() + (refusal.cause().empty() ? "" : ": " + refusal.cause()))
      .registry(refusal.registry())
      .fix("use credentials that are authorized to pull, or omit --no-clobber");
}

base::Result<void> check_absent(push::Destination& destination, const push::Options& options,
                                const push::Plan& plan, registry::RegistryClient* client) {
  // A registry may answer an unauthenticated request with 404 for what it hides.
  if (client != nullptr) static_cast<void>(client->access().discover_auth());
  for (const auto& tag : options.tags) {
    const auto stored = push::look_up(destination, tag);
    if (!stored)
      return push::is_refusal(stored.error()) ? unknown_tag(stored.error(), tag)
                                              : stored.error().clone();
    if (!*stored || *stored == plan.digest) continue;
    return Error(ErrorClass::validation, "push.exists", fmt::format("tag {} exists", tag))
        .cause("it points to " + (*stored)->str())
        .fix("use another tag, or omit --no-clobber");
  }
  return {};
}

flavor::Finding unverified_finding(const push::Options& options, const Error& refusal) {
  const std::string tag = options.tags.empty() ? "the digest" : "tag " + options.tags.front();
  return {
      flavor::Severity::warning, "push.unverified",
      fmt::format("pushed, but not verified: {} cannot be read back: {}", tag, refusal.message()),
      "use credentials that are also authorized to pull"};
}

// Verifies the credentials, and what their token grants. What a registry answers otherwise does not
// decide: some have no GET /v2/ for clients, and accept pushes.
base::Result<void> check_login(registry::RegistryClient& client, const std::string& repository) {
  const auto access = client.access().check(repository, /*side_effects=*/true);
  if (access) return {};
  switch (access.error().error_class()) {
    case ErrorClass::not_found:
    case ErrorClass::server:
      return {};
    default:
      return access.error().clone();
  }
}

Error refused_by_findings(const app::Target& target, const std::vector<flavor::Finding>& findings) {
  const auto errors = std::ranges::count_if(findings, is_error);
  return Error(ErrorClass::validation, "push.findings", "preflight checks failed")
      .cause(fmt::format("{} error{} reported by flavor {}; nothing was uploaded", errors,
                         errors == 1 ? "" : "s", target.flavor->metadata->flavor));
}

}  // namespace

// What is kept from check() to push(). Destroyed in reverse order: the connection uses the plugin.
struct PushOperation::Connected {
  flavor::Plugin plugin;
  app::Connection connection{};
  std::unique_ptr<push::Destination> destination{};
};

PushOperation::PushOperation(const App& app, const PushRequest& request, const Target& target,
                             PushEvents& events, const PushResources& resources)
    : app_(app),
      request_(request),
      target_(target),
      events_(events),
      resources_(resources),
      early_(app, target, request.network) {}

PushOperation::~PushOperation() = default;

push::Options PushOperation::push_options() const {
  push::Options options;
  if (target_.image.tag) options.tags.push_back(*target_.image.tag);
  options.tags.insert(options.tags.end(), request_.tags.begin(), request_.tags.end());
  options.expected = target_.image.digest;
  options.jobs = request_.jobs;
  options.require_verification = request_.require_verification;
  options.verification = kind_of(target_).verification();
  options.check_all = !request_.use_cache;
  options.fixed_form = request_.format.has_value();
  options.rate_limit = resources_.rate_limit;
  options.cache = &resources_.cache;
  return options;
}

push::Plan PushOperation::plan(const image::Source& source, push::ManifestForm form,
                               const push::KnownLayers& known) const {
  return plan_for(target_, source, form, resources_.encoding,
                  {resources_.cache, resources_.locations, known});
}

base::Result<PushOperation::Connected*> PushOperation::connect_once() {
  if (connected_) return connected_.get();
  BERTH_TRY(auto started, early_.take());
  auto connected = std::make_unique<Connected>(Connected{std::move(started.plugin)});
  const http::RetryObserver on_retry = [this](const auto& event) { events_.retrying(event); };
  BERTH_TRY(connected->connection,
            kind_of(target_).connect(app_,
                                     {.target = target_,
                                      .options = request_.network,
                                      .purpose = Purpose::push,
                                      .plugin = connected->plugin,
                                      .early_credential = std::move(started.credential),
                                      .on_retry = on_retry},
                                     events_));
  BERTH_TRY(connected->destination,
            kind_of(target_).open(app_, {.target = target_,
                                         .client = connected->connection.client.get(),
                                         .rules = connected->plugin.upload_rules(),
                                         .on_retry = on_retry}));
  connected_ = std::move(connected);
  return connected_.get();
}

bool PushOperation::record(const flavor::Finding& finding) {
  if (std::ranges::find(findings_, finding) != findings_.end()) return false;
  findings_.push_back(finding);
  return true;
}

void PushOperation::found(const flavor::Finding& finding) {
  if (record(finding)) events_.finding(finding);
}

void PushOperation::report_findings() {
  for (const auto& finding : findings_) events_.finding(finding);
}

base::Result<void> PushOperation::check(push::PushSource& source, push::ManifestForm form) {
  const auto plan = this->plan(source.image(), form);
  BERTH_CHECK(check_expected(target_, plan));
  report_notices(source.image(), [this](const auto& finding) { record(finding); });
  BERTH_TRY(auto* connected, connect_once());
  auto checked = check_connected(*connected, source, plan);
  if (!checked)
    return connected->plugin.explained(std::move(checked).error(), target_.image.full_repository);
  return checked;
}

base::Result<void> PushOperation::check_connected(Connected& connected, push::PushSource& source,
                                                  const push::Plan& plan) {
  flavor::Services services;
  services.session = connected.connection.client.get();
  services.found = [this](const auto& finding) { record(finding); };
  BERTH_TRY(const auto findings, connected.plugin.prepare(image_view(target_, &plan), services));
  if (std::ranges::any_of(findings, is_error)) return refused_by_findings(target_, findings);
  if (services.session != nullptr)
    BERTH_CHECK(check_login(*services.session, target_.image.full_repository));
  BERTH_CHECK(check_content(target_, {plan, source}, services.session, services.found));
  const auto options = push_options();
  if (!request_.no_clobber) return {};
  return check_absent(*connected.destination, options, plan, services.session);
}

base::Result<PushedImage> PushOperation::push(push::PushSource& source, push::ManifestForm form,
                                              const Sharing& sharing) {
  const auto plan = this->plan(source.image(), form, sharing.known);
  report_notices(source.image(), [this](const auto& finding) { found(finding); });
  events_.stage("checking " + target_.reference());
  BERTH_TRY(auto* connected, connect_once());
  if (request_.no_clobber)
    BERTH_CHECK(check_absent(*connected->destination, push_options(), plan,
                             connected->connection.client.get()));
  auto pushed = push_connected(*connected, source, plan, sharing.member);
  events_.pause();
  if (!pushed)
    return connected->plugin.explained(std::move(pushed).error(), target_.image.full_repository);
  return pushed;
}

void PushOperation::close() {
  if (!connected_) return;
  if (auto closed = connected_->plugin.close(); !closed)
    events_.warning(closed.error().message() + ": " + closed.error().cause());
}

base::Result<PushedImage> PushOperation::push_connected(Connected& connected,
                                                        push::PushSource& source,
                                                        const push::Plan& plan,
                                                        const push::FanOutMember* member) {
  const auto begin = app_.now();
  const auto options = push_options();
  flavor::Services services;
  services.session = connected.connection.client.get();
  services.found = [this](const auto& finding) { found(finding); };
  services.push = [&] {
    return push::push({.plan = plan,
                       .source = source,
                       .destination = *connected.destination,
                       .options = options,
                       .progress = events_,
                       .cancellation = app_.cancellation,
                       .log = app_.log,
                       .member = member});
  };
  BERTH_TRY(auto outcome, connected.plugin.push(image_view(target_, &plan), services));
  if (!outcome.report) return refused_by_findings(target_, findings_);
  const auto& report = *outcome.report;
  if (report.unverified) services.found(unverified_finding(options, *report.unverified));
  if (target_.is_remote())
    resources_.locations.add(target_.uri.host(), target_.image.full_repository, report.blobs);
  const double seconds = std::chrono::duration<double>(app_.now() - begin).count();
  events_.finished(report, seconds);
  return PushedImage{std::move(*outcome.report), seconds};
}

}  // namespace berth::app
