// TerminalEvents: the events of a use case on standard error.
#pragma once

#include "app/events.hpp"
#include "cli/terminal.hpp"

namespace berth::cli {

class TerminalEvents : public app::Events {
 public:
  // `terminal` must outlive this object. `quiet`: only warnings are printed.
  explicit TerminalEvents(Terminal& terminal) : terminal_(terminal) {}
  void set_quiet(bool quiet) { quiet_ = quiet; }

  void info(std::string_view text) override {
    if (!quiet_) terminal_.remark(text);
  }
  void warning(std::string_view text) override { terminal_.warning(text); }

 private:
  Terminal& terminal_;
  bool quiet_ = false;
};

}  // namespace berth::cli
