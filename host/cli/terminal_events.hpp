// The events of use cases on standard error.
#pragma once

#include <memory>
#include <string>

#include "app/push_events.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"

namespace berth::cli {

class TerminalEvents final : public app::Events {
 public:
  // `terminal` must outlive this object.
  explicit TerminalEvents(Terminal& terminal) : terminal_(terminal) {}
  // Infos are not printed any more.
  void set_quiet(bool quiet) { quiet_ = quiet; }

  void info(std::string_view text) override {
    if (!quiet_) terminal_.info(text);
  }
  void warning(std::string_view text) override { terminal_.warning(text); }

 private:
  Terminal& terminal_;
  bool quiet_ = false;
};

// How a command describes what it does with a destination.
struct Wording {
  std::string activity;  // "pushing to"
  std::string failure;   // "cannot push"
};

struct DestinationEventsOptions {
  Terminal& terminal;  // must outlive the events
  bool quiet = false;  // prints only warnings, errors and findings of severity error
  Wording wording;
};

// Events that push and check have in common. Base: app::CheckEvents, or derived from it.
template <typename Base>
class TerminalDestinationEvents : public Base {
 public:
  explicit TerminalDestinationEvents(DestinationEventsOptions options)
      : options_(std::move(options)) {}

  void info(std::string_view text) override {
    if (!options_.quiet) options_.terminal.info(text);
  }
  void warning(std::string_view text) override { options_.terminal.warning(text); }
  void resolved(std::span<const app::ResolvedDestination> destinations) override;
  void finding(const flavor::Finding& finding) override;
  void failed(const app::DestinationReport& report) override;

 private:
  DestinationEventsOptions options_;
};

using TerminalCheckEvents = TerminalDestinationEvents<app::CheckEvents>;

// Shows the progress in the form that --progress chose.
class TerminalPushEvents final : public TerminalDestinationEvents<app::PushEvents> {
 public:
  explicit TerminalPushEvents(DestinationEventsOptions options)
      : TerminalDestinationEvents(options), progress_(make_progress(options.terminal)) {}

  void begin(const push::Plan& plan) override { progress_->begin(plan); }
  void begin_all(const push::Plan& plan, std::span<const std::string> references) override {
    progress_->begin_all(plan, references);
  }
  void moved(std::size_t blob, std::uint64_t bytes, std::uint64_t position) override {
    progress_->moved(blob, bytes, position);
  }
  void restarted(std::size_t blob) override { progress_->restarted(blob); }
  void done(std::size_t blob, const push::BlobResult& result) override {
    progress_->done(blob, result);
  }
  void dropped(std::size_t blob) override { progress_->dropped(blob); }
  void retrying(const http::RetryEvent& event) override { progress_->retrying(event); }
  void stage(std::string text) override { progress_->stage(std::move(text)); }
  void pause() override { progress_->pause(); }
  void finished(const push::Report& report, double seconds) override {
    progress_->finished(report, seconds);
  }

 private:
  std::unique_ptr<PushProgress> progress_;
};

}  // namespace berth::cli
