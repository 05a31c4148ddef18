#include "cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/json_value.hpp"
#include "cli/progress_meter.hpp"

namespace berth::cli {
namespace {

using base::Json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kMaxTick{100};
constexpr std::size_t kMaxActiveLines = 5;
// Equal retries within it are printed once.
constexpr milliseconds kSameRetry{1000};

milliseconds longest_silence(ProgressForm form, const ProgressIntervals& intervals) {
  if (form == ProgressForm::line) return intervals.line;
  return form == ProgressForm::json ? intervals.json : intervals.plain;
}

// The total, and the blobs that are active, as many as are read at a glance.
std::vector<std::string> frame_of(const ProgressMeter::Figures& figures) {
  std::vector<std::string> lines{describe(figures)};
  for (const auto& blob : figures.active)
    if (lines.size() <= kMaxActiveLines) lines.push_back("  " + describe(blob));
  return lines;
}

template <typename Value>
Json optional_json(const std::optional<Value>& value) {
  return value ? Json(static_cast<std::uint64_t>(*value)) : Json();
}

std::optional<std::int64_t> count_of(const std::optional<std::chrono::seconds>& duration) {
  return duration ? std::optional(duration->count()) : std::nullopt;
}

Json event_of(const ProgressMeter::Figures& figures) {
  Json active = Json::array();
  for (const auto& blob : figures.active)
    active.push_back(Json::object({{"blob", blob.name},
                                   {"activity", activity_name(blob.activity)},
                                   {"bytes", blob.size},
                                   {"bytes_done", blob.position},
                                   {"bytes_per_second", optional_json(blob.rate)},
                                   {"seconds_left", optional_json(count_of(blob.left))}}));
  return Json::object({{"event", "progress"},
                       {"blobs", figures.blobs},
                       {"blobs_done", figures.blobs_done},
                       {"bytes", figures.total},
                       {"bytes_done", figures.position},
                       {"bytes_sent", figures.sent},
                       {"bytes_reused", figures.reused},
                       {"bytes_mounted", figures.mounted},
                       {"bytes_per_second", optional_json(figures.rate)},
                       {"seconds_left", optional_json(count_of(figures.left))},
                       {"active", std::move(active)}});
}

class ShownProgress final : public PushProgress {
 public:
  ShownProgress(Terminal& terminal, const ProgressIntervals& intervals)
      : terminal_(terminal),
        form_(terminal.progress()),
        noticeable_(intervals.stage),
        silence_(longest_silence(form_, intervals)) {
    if (form_ != ProgressForm::none)
      ticker_ = std::jthread([this](const std::stop_token& stop) { tick(stop); });
  }
  ~ShownProgress() override { pause(); }
  ShownProgress(const ShownProgress&) = delete;
  ShownProgress& operator=(const ShownProgress&) = delete;

  void stage(std::string what) override {
    const std::lock_guard lock(mutex_);
    meter_.reset();
    stage_ = std::move(what);
    stage_retry_.reset();
    stage_began_ = printed_ = Clock::now();
  }
  void begin(const push::Plan& plan) override { begin_all(plan, {}); }
  void begin_all(const push::Plan& plan, std::span<const std::string> references) override {
    const std::lock_guard lock(mutex_);
    stage_.clear();
    meter_.emplace(plan, Clock::now(), std::max<std::size_t>(1, references.size()));
    references_.assign(references.begin(), references.end());
    blobs_of_each_ = plan.blobs.size();
    printed_ = Clock::now();
  }
  void moved(std::size_t blob, std::uint64_t bytes, std::uint64_t position) override {
    const std::lock_guard lock(mutex_);
    if (meter_) meter_->moved(blob, bytes, position, Clock::now());
  }
  void restarted(std::size_t blob) override {
    const std::lock_guard lock(mutex_);
    if (meter_) meter_->restarted(blob);
  }
  void done(std::size_t blob, const push::BlobResult& result) override {
    const std::lock_guard lock(mutex_);
    const auto* reference = references_.empty() ? nullptr : &references_.at(blob / blobs_of_each_);
    if (meter_) meter_->done(blob, result);
    if (form_ == ProgressForm::plain)
      print(fmt::format("{}{} {} {} ({})", reference != nullptr ? *reference + ": " : "",
                        action_name(result.action), kind_name(result.kind), result.digest.brief(),
                        human_size(result.size)));
    if (form_ != ProgressForm::json) return;
    auto event = Json::object({{"event", "blob"},
                               {"blob", result.digest.str()},
                               {"kind", kind_name(result.kind)},
                               {"action", action_name(result.action)},
                               {"bytes", result.size}});
    if (reference != nullptr) event.set("reference", *reference);
    print(event);
  }
  void dropped(std::size_t blob) override {
    const std::lock_guard lock(mutex_);
    if (meter_) meter_->dropped(blob);
  }
  void retrying(const http::RetryEvent& event) override;
  void pause() override {
    const std::lock_guard lock(mutex_);
    meter_.reset();
    stage_.clear();
    terminal_.clear_transient();
  }
  void finished(const push::Report& report, double seconds) override;

 private:
  void tick(const std::stop_token& stop);
  void show(Clock::time_point now);
  void show_stage(Clock::time_point now);
  void show_meter(Clock::time_point now);
  void print(const std::string& line) {
    terminal_.line(line);
    printed_ = Clock::now();
  }
  void print(const Json& event) {
    terminal_.event(event);
    printed_ = Clock::now();
  }

  Terminal& terminal_;
  const ProgressForm form_;
  const milliseconds noticeable_;
  const milliseconds silence_;
  std::mutex mutex_;  // guards all below
  std::condition_variable_any stopped_;
  std::optional<ProgressMeter> meter_;           // while blobs are sent
  std::vector<std::string> references_;          // of several destinations
  std::size_t blobs_of_each_ = 0;                // of each destination
  std::string stage_;                            // before that; empty: none
  std::optional<http::RetryEvent> stage_retry_;  // of the stage
  std::string last_retry_;                       // as it was printed last
  Clock::time_point last_retry_at_;
  Clock::time_point stage_began_;
  Clock::time_point printed_;  // when the last line was printed
  std::jthread ticker_;        // last: ends first
};

void ShownProgress::tick(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto interval = std::min(kMaxTick, silence_);
  while (!stopped_.wait_for(lock, stop, interval, [] { return false; }) && !stop.stop_requested())
    show(Clock::now());
}

void ShownProgress::show(Clock::time_point now) {
  if (meter_) meter_->sample(now);
  if (now - printed_ < silence_) return;
  if (meter_) show_meter(now);
  if (!stage_.empty()) show_stage(now);
}

void ShownProgress::show_stage(Clock::time_point now) {
  const auto took = std::chrono::duration_cast<std::chrono::seconds>(now - stage_began_);
  const std::string retry = stage_retry_
                                ? fmt::format(", retrying ({} of {}): {}", stage_retry_->attempt,
                                              stage_retry_->attempts, stage_retry_->reason)
                                : "";
  if (form_ == ProgressForm::line && now - stage_began_ >= noticeable_)
    terminal_.transient(fmt::format("{} ({}){}", stage_, human_duration(took), retry));
  if (form_ == ProgressForm::plain)
    print(fmt::format("still {} ({}){}", stage_, human_duration(took), retry));
  if (form_ == ProgressForm::json)
    print(Json::object({{"event", "stage"}, {"text", stage_}, {"seconds", took.count()}}));
}

void ShownProgress::show_meter(Clock::time_point now) {
  const auto figures = meter_->figures(now);
  if (form_ == ProgressForm::line) terminal_.transient(frame_of(figures));
  if (form_ == ProgressForm::plain) print(describe(figures));
  if (form_ == ProgressForm::json) print(event_of(figures));
}

// Blobs are sent in parallel, and often all connections are lost together: equal lines within a
// second are one.
void ShownProgress::retrying(const http::RetryEvent& event) {
  const std::lock_guard lock(mutex_);
  if (meter_) meter_->retrying(event);
  stage_retry_ = event;
  const auto line =
      fmt::format("retrying ({} of {}): {}", event.attempt, event.attempts, event.reason);
  if (form_ == ProgressForm::json)
    print(Json::object({{"event", "retry"},
                        {"attempt", event.attempt},
                        {"attempts", event.attempts},
                        {"delay_ms", event.delay.count()},
                        {"reason", event.reason}}));
  const auto now = Clock::now();
  const bool repeated = line == last_retry_ && now - last_retry_at_ < kSameRetry;
  if (form_ == ProgressForm::plain && !repeated) print(line);
  last_retry_ = line;
  last_retry_at_ = now;
}

void ShownProgress::finished(const push::Report& report, double seconds) {
  pause();
  const auto count = [&](push::Action action) {
    return std::ranges::count(report.blobs, action, &push::BlobResult::action);
  };
  const auto uploaded = count(push::Action::uploaded);
  const auto reused = count(push::Action::reused);
  const auto mounted = count(push::Action::mounted);
  const std::lock_guard lock(mutex_);
  if (form_ == ProgressForm::json)
    return print(Json::object({{"event", "end"},
                               {"uploaded", uploaded},
                               {"reused", reused},
                               {"bytes_uploaded", report.bytes_uploaded},
                               {"bytes_reused", report.bytes_reused},
                               {"seconds", seconds},
                               {"mounted", mounted},
                               {"bytes_mounted", report.bytes_mounted}}));
  const std::string mounts =
      mounted == 0 ? ""
                   : fmt::format(", mounted {} ({})", mounted, human_size(report.bytes_mounted));
  if (form_ != ProgressForm::none)
    print(fmt::format("uploaded {} blob{} ({}), reused {} ({}){} in {:.1f} s", uploaded,
                      uploaded == 1 ? "" : "s", human_size(report.bytes_uploaded), reused,
                      human_size(report.bytes_reused), mounts, seconds));
}

}  // namespace

std::string_view action_name(push::Action action) {
  switch (action) {
    case push::Action::uploaded:
      return "uploaded";
    case push::Action::reused:
      return "reused";
    case push::Action::mounted:
      return "mounted";
  }
  return "";
}

std::string_view kind_name(image::BlobKind kind) {
  switch (kind) {
    case image::BlobKind::config:
      return "config";
    case image::BlobKind::layer:
      return "layer";
    case image::BlobKind::other:
      return "blob";
  }
  return "";
}

std::unique_ptr<PushProgress> make_progress(Terminal& terminal,
                                            const ProgressIntervals& intervals) {
  return std::make_unique<ShownProgress>(terminal, intervals);
}

}  // namespace berth::cli
