// The log of -v and -vv, on standard error: one line per event, "event key=value …". Warnings are
// printed at any verbosity.
#pragma once

#include "base/log.hpp"
#include "cli/terminal.hpp"

namespace berth::cli {

class TerminalLog final : public base::Log {
 public:
  // `terminal` must outlive this object.
  explicit TerminalLog(Terminal& terminal) : terminal_(terminal) {}
  // 0: silent, 1: steps, 2: traces.
  void set_verbosity(int verbosity) { verbosity_ = verbosity; }
  [[nodiscard]] bool enabled(base::LogLevel level) const override {
    return level == base::LogLevel::warning ||
           verbosity_ >= (level == base::LogLevel::step ? 1 : 2);
  }
  void write(base::LogLevel level, std::string_view event,
             std::initializer_list<base::LogField> fields) override {
    if (!enabled(level)) return;
    std::string text(event);
    for (const auto& [key, value] : fields) text += " " + std::string(key) + "=" + value;
    level == base::LogLevel::warning ? terminal_.warning(text) : terminal_.line(text);
  }

 private:
  Terminal& terminal_;
  int verbosity_ = 0;
};

}  // namespace berth::cli
