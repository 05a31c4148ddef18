#include "cli/progress.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <mutex>

#include "base/json.hpp"

namespace berth::cli {
namespace {

using Clock = std::chrono::steady_clock;

class ShownProgress final : public push::Progress {
 public:
  explicit ShownProgress(Terminal& terminal) : terminal_(terminal), form_(terminal.progress()) {}

  void begin(const push::Plan& plan) override {
    const std::lock_guard lock(mutex_);
    plan_ = &plan;
    moved_.assign(plan.blobs.size(), 0);
    done_ = 0;
  }
  void moved(std::size_t blob, std::uint64_t bytes) override {
    const std::lock_guard lock(mutex_);
    moved_[blob] += bytes;
    show_line(false);
  }
  void restarted(std::size_t blob) override {
    const std::lock_guard lock(mutex_);
    moved_[blob] = 0;
  }
  void retrying(const http::RetryEvent& event) override {
    const std::lock_guard lock(mutex_);
    if (form_ == cli::Progress::line)
      terminal_.transient(fmt::format("retrying ({} of {}): {}", event.attempt, event.attempts, event.reason));
  }
  void done(std::size_t blob, push::Action action) override {
    const std::lock_guard lock(mutex_);
    ++done_;
    show_line(true);
    const auto& planned = plan_->blobs[blob];
    const std::string name = planned.digest ? planned.digest->brief() : planned.diff_id->brief();
    const auto kind = kind_name(planned.kind);
    const auto size = action == push::Action::uploaded ? moved_[blob] : planned.size;
    if (form_ == cli::Progress::plain)
      terminal_.line(fmt::format("{} {} {} ({})", action_name(action), kind, name, human_size(size)));
    if (form_ == cli::Progress::json)
      terminal_.event(base::Json::object(
          {{"event", "blob"}, {"blob", name}, {"kind", kind}, {"action", action_name(action)}, {"bytes", size}}));
  }

 private:
  void show_line(bool now) {
    if (form_ != cli::Progress::line || (!now && Clock::now() - shown_ < std::chrono::milliseconds(100))) return;
    shown_ = Clock::now();
    std::uint64_t bytes = 0;
    for (const auto blob : moved_) bytes += blob;
    terminal_.transient(fmt::format("{} of {} blobs, {} up", done_, plan_->blobs.size(), human_size(bytes)));
  }

  Terminal& terminal_;
  cli::Progress form_;
  std::mutex mutex_;
  const push::Plan* plan_ = nullptr;
  std::vector<std::uint64_t> moved_;
  std::size_t done_ = 0;
  Clock::time_point shown_;
};

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

std::string_view kind_name(image::BlobKind kind) { return kind == image::BlobKind::config ? "config" : "layer"; }

std::string human_size(std::uint64_t bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units.at(unit));
}

std::unique_ptr<push::Progress> make_progress(Terminal& terminal) { return std::make_unique<ShownProgress>(terminal); }

}  // namespace berth::cli
