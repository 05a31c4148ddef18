#include "cli/examination.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"
#include "base/redact.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

// Much of it is what others said.
std::string without_secrets(const std::string& text) { return base::escape(base::redact(text)); }

}  // namespace

Examination::Examination(std::vector<std::string> steps) {
  for (auto& name : steps) steps_.push_back({std::move(name)});
}

Examination::Step& Examination::step(std::string_view name) {
  for (auto& one : steps_)
    if (one.name == name) return one;
  return steps_.emplace_back(Step{std::string(name)});
}

void Examination::ok(std::string_view name, std::string detail, Elapsed elapsed) {
  auto& one = step(name);
  one.status = "ok";
  one.detail = std::move(detail);
  one.elapsed = elapsed;
}

void Examination::skipped(std::string_view name, std::string why) { step(name).detail = std::move(why); }

void Examination::failed(std::string_view name, const base::Error& error, Elapsed elapsed) {
  auto& one = step(name);
  one.status = "failed";
  one.detail = error.message();
  one.elapsed = elapsed;
  failed_step_ = one.name;
  failure_ = error.clone();
}

int Examination::print(Context& context, const std::string& reference) const {
  if (context.json) {
    print_json(context, json(reference));
  } else {
    print_text(context);
  }
  return failure_ ? failure_->exit_status() : 0;
}

base::Json Examination::json(const std::string& reference) const {
  base::Json steps = base::Json::array();
  for (const auto& one : steps_) {
    auto entry = base::Json::object({{"step", one.name},
                                     {"status", one.status},
                                     {"detail", base::redact(one.detail)},
                                     {"milliseconds", one.elapsed.count()}});
    if (one.name == failed_step_) entry.set("error", error_json(*failure_));
    steps.push_back(std::move(entry));
  }
  return base::Json::object({{"schema", 1},
                             {"ok", !failure_},
                             {"reference", reference.empty() ? base::Json() : base::Json(reference)},
                             {"steps", std::move(steps)}});
}

void Examination::print_text(Context& context) const {
  for (const auto& one : steps_) {
    const bool asked = one.status != "skipped";
    const std::string took = asked ? fmt::format("{:.1f} ms", one.elapsed.count()) : "";
    std::string line = fmt::format("{:<8} {:<16} {:>10}  {}", one.status, one.name, took, without_secrets(one.detail));
    while (line.back() == ' ') line.pop_back();
    context.out << line << '\n';
    if (one.name != failed_step_) continue;
    auto explain = [&](const char* label, const std::string& text) {
      if (!text.empty()) context.out << fmt::format("{:37}{:<9} {}\n", "", label, without_secrets(text));
    };
    explain("cause", failure_->cause());
    explain("registry", failure_->registry());
    explain("fix", failure_->fix());
  }
}

void WatchingLog::write(base::LogLevel level, std::string_view event, std::initializer_list<base::LogField> fields) {
  if (inner_.enabled(level)) inner_.write(level, event, fields);
  Event seen{{}, std::chrono::steady_clock::now()};
  for (const auto& [key, value] : fields) seen.fields.emplace(key, value);
  const std::lock_guard lock(mutex_);
  events_.insert_or_assign(std::string(event), std::move(seen));
}

std::optional<WatchingLog::Event> WatchingLog::last(std::string_view event) const {
  const std::lock_guard lock(mutex_);
  const auto found = events_.find(event);
  return found != events_.end() ? std::optional(found->second) : std::nullopt;
}

Context with_log(const Context& context, base::Log& log) {
  return {context.in,           context.out,
          context.terminal,     context.environment,
          context.cancellation, log,
          context.paths,        context.json,
          context.quiet,        context.asks,
          context.flavor_path,  context.subject,
          context.known,        context.allow_unsandboxed};
}

}  // namespace berth::cli
