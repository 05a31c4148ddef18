#include "cli/diagnosis_report.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"
#include "base/redact.hpp"
#include "cli/diagnosis_facts.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

// One step as it is printed. `error` is that of the diagnosis.
struct ReportedStep {
  const char* name;
  const char* status;
  std::string detail;
  app::Elapsed elapsed;
  base::Json facts;  // null: the step did not succeed
  const base::Error* error;
};

using Steps = std::vector<ReportedStep>;

template <typename Facts>
ReportedStep reported(const char* name, const app::Step<Facts>& step) {
  if (step.error) return {name, "failed", step.error->message(), step.elapsed, {}, &*step.error};
  if (step.facts)
    return {name, "ok", describe(*step.facts), step.elapsed, facts_json(*step.facts), nullptr};
  return {name, "skipped", step.skip_reason, step.elapsed, {}, nullptr};
}

Steps steps_of(const app::Diagnosis& diagnosis) {
  Steps steps{reported("destination", diagnosis.destination), reported("worker", diagnosis.worker)};
  if (diagnosis.layout) {
    steps.push_back(reported("folder", diagnosis.directory));
    return steps;
  }
  steps.push_back(reported("registries.conf", diagnosis.registries_conf));
  steps.push_back(reported("proxy", diagnosis.proxy));
  steps.push_back(reported("name", diagnosis.name));
  steps.push_back(reported("connection", diagnosis.connection));
  steps.push_back(reported("tls", diagnosis.tls));
  steps.push_back(reported("challenge", diagnosis.challenge));
  steps.push_back(reported("credential", diagnosis.credential));
  steps.push_back(reported("token", diagnosis.token));
  steps.push_back(reported("granted", diagnosis.access));
  steps.push_back(reported("push", diagnosis.upload));
  return steps;
}

Steps steps_of(const app::MachineDiagnosis& diagnosis) {
  return {reported("configuration", diagnosis.configuration),
          reported("registries.conf", diagnosis.registries_conf),
          reported("flavors", diagnosis.flavors), reported("worker", diagnosis.worker),
          reported("docker", diagnosis.docker)};
}

void print_steps_json(Context& context, const Steps& steps, const std::string& reference) {
  base::Json list = base::Json::array();
  bool ok = true;
  for (const auto& step : steps) {
    auto entry = base::Json::object({{"step", step.name},
                                     {"status", step.status},
                                     {"detail", base::redact(step.detail)},
                                     {"milliseconds", step.elapsed.count()}});
    if (step.facts.is_object()) entry.set("facts", step.facts);
    if (step.error != nullptr) entry.set("error", error_json(*step.error));
    ok = ok && step.error == nullptr;
    list.push_back(std::move(entry));
  }
  print_json(context, base::Json::object(
                          {{"schema", 1},
                           {"ok", ok},
                           {"reference", reference.empty() ? base::Json() : base::Json(reference)},
                           {"steps", std::move(list)}}));
}

std::string printable(const std::string& text) { return base::escape(base::redact(text)); }

void print_step(Context& context, const ReportedStep& step) {
  const bool tried = step.error != nullptr || step.facts.is_object();
  const std::string took = tried ? fmt::format("{:.1f} ms", step.elapsed.count()) : "";
  std::string line =
      fmt::format("{:<8} {:<16} {:>10}  {}", step.status, step.name, took, printable(step.detail));
  line.erase(line.find_last_not_of(' ') + 1);
  context.out << line << '\n';
  if (step.error == nullptr) return;
  const auto print = [&](const char* label, const std::string& text) {
    if (!text.empty()) context.out << fmt::format("{:37}{:<9} {}\n", "", label, printable(text));
  };
  print("cause", step.error->cause());
  print("registry", step.error->registry());
  print("fix", step.error->fix());
}

int print_steps(Context& context, const Steps& steps, const std::string& reference) {
  int status = 0;
  if (context.json) print_steps_json(context, steps, reference);
  for (const auto& step : steps) {
    if (!context.json) print_step(context, step);
    if (step.error != nullptr) status = step.error->exit_status();
  }
  return status;
}

}  // namespace

int print_diagnosis(Context& context, const app::Diagnosis& diagnosis) {
  return print_steps(context, steps_of(diagnosis), diagnosis.reference);
}

int print_diagnosis(Context& context, const app::MachineDiagnosis& diagnosis) {
  return print_steps(context, steps_of(diagnosis), "");
}

}  // namespace berth::cli
