#include "cli/push_output.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/output.hpp"
#include "cli/progress_meter.hpp"

namespace berth::cli {
namespace {

using app::DestinationReport;
using base::Json;

std::string digest_reference(const app::PushOutcome& outcome) {
  return outcome.destination.resolved->name + "@" + outcome.pushed->report.digest.str();
}

void set_destination(Json& document, const DestinationReport& report) {
  if (!report.resolved) return;
  const auto& resolved = *report.resolved;
  document.set("reference", resolved.reference);
  document.set("registry", resolved.registry ? Json(*resolved.registry) : Json());
  document.set("flavor", resolved.flavor);
  document.set("why", resolved.selection_reason);
  document.set("findings", findings_json(report.findings));
}

void set_digest(Json& document, const app::PushOutcome& outcome) {
  document.set("digest", outcome.pushed->report.digest.str());
  document.set("digest_reference", digest_reference(outcome));
}

Json document_of(const DestinationReport& report, bool ok) {
  if (report.error) {
    Json document = failure_json(*report.error);
    set_destination(document, report);
    return document;
  }
  Json document = Json::object({{"schema", 1}, {"ok", ok}});
  set_destination(document, report);
  return document;
}

Json blobs_json(const push::Report& report) {
  Json blobs = Json::array();
  for (const auto& blob : report.blobs)
    blobs.push_back(Json::object({{"digest", blob.digest.str()},
                                  {"size", blob.size},
                                  {"kind", kind_name(blob.kind)},
                                  {"action", action_name(blob.action)}}));
  return blobs;
}

Json outcome_json(const app::PushOutcome& outcome) {
  Json document = document_of(outcome.destination, true);
  if (!outcome.pushed) return document;
  const auto& report = outcome.pushed->report;
  set_digest(document, outcome);
  document.set("verified", !report.unverified);
  document.set("bytes", Json::object({{"uploaded", report.bytes_uploaded},
                                      {"reused", report.bytes_reused},
                                      {"mounted", report.bytes_mounted}}));
  document.set("blobs", blobs_json(report));
  document.set("seconds", outcome.pushed->seconds);
  return document;
}

Json outcome_json(const app::PlanOutcome& outcome) {
  Json document = document_of(outcome.destination, true);
  if (!outcome.plan) return document;
  Json blobs = Json::array();
  for (const auto& blob : outcome.plan->blobs)
    blobs.push_back(Json::object({{"digest", blob.digest ? Json(blob.digest->str()) : Json()},
                                  {"size", blob.size},
                                  {"kind", kind_name(blob.kind)},
                                  {"media_type", blob.media_type}}));
  document.set(
      "plan",
      Json::object({{"digest", outcome.plan->digest ? Json(outcome.plan->digest->str()) : Json()},
                    {"media_type", outcome.plan->media_type},
                    {"blobs", std::move(blobs)}}));
  return document;
}

// One document: that of the only destination, or all of them.
template <typename Outcome>
void print_documents(Context& context, const std::vector<Outcome>& outcomes) {
  if (outcomes.size() == 1) return print_json(context, outcome_json(outcomes.front()));
  const bool ok = std::ranges::none_of(
      outcomes, [](const auto& one) { return one.destination.error.has_value(); });
  Json documents = Json::array();
  for (const auto& outcome : outcomes) documents.push_back(outcome_json(outcome));
  print_json(context,
             Json::object({{"schema", 1}, {"ok", ok}, {"destinations", std::move(documents)}}));
}

// Of the first destination that failed.
template <typename Outcome>
int exit_status(const std::vector<Outcome>& outcomes) {
  for (const auto& outcome : outcomes)
    if (outcome.destination.error) return outcome.destination.error->exit_status();
  return 0;
}

void print_text(Context& context, const std::vector<app::PushOutcome>& outcomes, bool digests) {
  std::vector<std::string> distinct;
  for (const auto& outcome : outcomes) {
    if (!outcome.pushed) continue;
    context.out << digest_reference(outcome) << '\n';
    std::string digest = outcome.pushed->report.digest.str();
    if (std::ranges::find(distinct, digest) == distinct.end())
      distinct.push_back(std::move(digest));
  }
  if (!digests) return;
  for (const auto& digest : distinct) context.out << digest << '\n';
}

// Of the push that succeeded last, whose digest is the one that was not written.
int print_digest_file_error(Context& context, const app::PushReport& report) {
  const auto& error = *report.digest_file_error;
  context.terminal.error(error, "the image was pushed, but its digest could not be written");
  if (!context.json) return error.exit_status();
  Json document = failure_json(error);
  for (const auto& outcome : report.outcomes) {
    if (!outcome.pushed) continue;
    set_destination(document, outcome.destination);
    set_digest(document, outcome);
  }
  print_json(context, document);
  return error.exit_status();
}

void print_text(Context& context, const app::PlanOutcome& outcome) {
  if (!outcome.plan) return;
  const auto& plan = *outcome.plan;
  context.out << fmt::format("{}: {} blobs, at most {}{}\n", outcome.destination.reference(),
                             plan.blobs.size(), human_size(plan.total_size),
                             plan.digest ? ", " + plan.digest->str() : "");
  for (const auto& blob : plan.blobs)
    context.out << fmt::format("  {:<6} {} {}\n", kind_name(blob.kind),
                               blob.digest ? blob.digest->str() : "to be compressed",
                               human_size(blob.size));
}

Json access_json(const registry::Access& access) {
  using Login = registry::Access::Login;
  const char* login = access.login == Login::verified     ? "verified"
                      : access.login == Login::unverified ? "unverified"
                                                          : "none";
  return Json::object({{"login", login}, {"push", access.push ? "granted" : "unknown"}});
}

}  // namespace

int print_push(Context& context, const app::PushReport& report, bool digests) {
  if (!context.json) print_text(context, report.outcomes, digests);
  if (report.digest_file_error) return print_digest_file_error(context, report);
  if (context.json) print_documents(context, report.outcomes);
  return exit_status(report.outcomes);
}

int print_plans(Context& context, const std::vector<app::PlanOutcome>& outcomes) {
  const auto& last = outcomes.back();
  if (context.json && last.destination.error) print_json(context, outcome_json(last));
  if (context.json && !last.destination.error) print_documents(context, outcomes);
  if (!context.json)
    for (const auto& outcome : outcomes) print_text(context, outcome);
  return exit_status(outcomes);
}

int print_check(Context& context, const app::CheckReport& report) {
  const auto problems = report.problems();
  if (context.json) {
    auto document = document_of(report.destination, problems == 0);
    if (report.access) document.set("access", access_json(*report.access));
    print_json(context, document);
  }
  if (report.destination.error) return report.destination.error->exit_status();
  if (!context.json)
    context.out << fmt::format(
        "{}: {}\n", report.destination.reference(),
        problems == 0 ? "no problems found"
                      : fmt::format("{} problem{} found", problems, problems == 1 ? "" : "s"));
  return problems == 0 ? 0 : 3;
}

}  // namespace berth::cli
