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

std::string_view planned_name(push::PlannedAction action) {
  switch (action) {
    case push::PlannedAction::upload:
      return "upload";
    case push::PlannedAction::reuse:
      return "reuse";
    case push::PlannedAction::mount:
      return "mount";
    case push::PlannedAction::unknown:
      break;
  }
  return "unknown";
}

Json blob_json(const push::PlannedBlob& blob) {
  return Json::object({{"digest", blob.digest ? Json(blob.digest->str()) : Json()},
                       {"size", blob.size},
                       {"kind", kind_name(blob.kind)},
                       {"media_type", blob.media_type},
                       {"action", planned_name(blob.action)},
                       {"estimated", !blob.digest.has_value()},
                       {"mount_from", blob.mount_from ? Json(*blob.mount_from) : Json()}});
}

Json bytes_json(const push::PlanCosts& costs) {
  return Json::object({{"upload", costs.upload},
                       {"reuse", costs.reuse},
                       {"mount", costs.mount},
                       {"unknown", costs.unknown}});
}

Json outcome_json(const app::PlanOutcome& outcome) {
  Json document = document_of(outcome.destination, true);
  if (!outcome.planned) return document;
  const auto& [plan, costs] = *outcome.planned;
  Json blobs = Json::array();
  for (const auto& blob : plan.blobs) blobs.push_back(blob_json(blob));
  document.set("plan", Json::object({{"digest", plan.digest ? Json(plan.digest->str()) : Json()},
                                     {"media_type", plan.media_type},
                                     {"blobs", std::move(blobs)},
                                     {"requests", costs.requests},
                                     {"bytes", bytes_json(costs)},
                                     {"up_to_date", plan.up_to_date}}));
  return document;
}

// One document: that of the only destination, or all of them.
template <typename Outcome>
void print_documents(Context& context, const std::vector<Outcome>& outcomes, bool list) {
  if (outcomes.size() == 1 && !list) return print_json(context, outcome_json(outcomes.front()));
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

// "upload 2 (1.0 MiB), reuse 1 (12 B), 9 requests"
std::string describe_costs(const app::PlannedPush& planned) {
  using push::PlannedAction;
  const auto& [plan, costs] = planned;
  const std::pair<PlannedAction, std::uint64_t> bytes[] = {{PlannedAction::upload, costs.upload},
                                                           {PlannedAction::mount, costs.mount},
                                                           {PlannedAction::reuse, costs.reuse},
                                                           {PlannedAction::unknown, costs.unknown}};
  std::string text;
  for (const auto& [action, size] : bytes)
    if (const auto count = std::ranges::count(plan.blobs, action, &push::PlannedBlob::action);
        count > 0)
      text += fmt::format("{} {} ({}), ", planned_name(action), count, human_size(size));
  return text + fmt::format("{} request{}", costs.requests, costs.requests == 1 ? "" : "s");
}

void print_text(Context& context, const app::PlanOutcome& outcome) {
  if (!outcome.planned) return;
  const auto& plan = outcome.planned->plan;
  context.out << fmt::format("{}: {} blobs, at most {}{}\n", outcome.destination.reference(),
                             plan.blobs.size(), human_size(plan.total_size),
                             plan.digest ? ", " + plan.digest->str() : "");
  for (const auto& blob : plan.blobs) {
    const bool open = blob.action == push::PlannedAction::unknown;
    context.out << fmt::format("  {:<6} {} {}{}{}", kind_name(blob.kind),
                               blob.digest ? blob.digest->str() : "to be compressed",
                               human_size(blob.size), open ? "" : ", ",
                               open ? "" : planned_name(blob.action));
    if (blob.mount_from) context.out << " from " << *blob.mount_from;
    context.out << '\n';
  }
  context.out << "  total  " << describe_costs(*outcome.planned) << '\n';
}

Json access_json(const registry::Access& access) {
  using Login = registry::Access::Login;
  const char* login = access.login == Login::verified     ? "verified"
                      : access.login == Login::unverified ? "unverified"
                                                          : "none";
  return Json::object({{"login", login}, {"push", access.push ? "granted" : "unknown"}});
}

}  // namespace

int print_push(Context& context, const app::PushReport& report, const PushOutput& output) {
  if (!context.json) print_text(context, report.outcomes, output.digests);
  if (report.digest_file_error) return print_digest_file_error(context, report);
  if (context.json) print_documents(context, report.outcomes, output.list);
  return exit_status(report.outcomes);
}

int print_plans(Context& context, const std::vector<app::PlanOutcome>& outcomes,
                const PushOutput& output) {
  const auto& last = outcomes.back();
  const bool only_error = last.destination.error && !output.list;
  if (context.json && only_error) print_json(context, outcome_json(last));
  if (context.json && !only_error) print_documents(context, outcomes, output.list);
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
