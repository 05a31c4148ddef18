// Log: steps and traces, shown with -v or -vv. Silent by default; standard error only.
// log(level, event, {key, value}…). Values are escaped by the printer. A Secret has no conversion
// to a log value. Implementations are thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace berth::base {

enum class LogLevel { warning, step, trace };

using LogField = std::pair<std::string_view, std::string>;

class Log {
 public:
  Log() = default;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  virtual ~Log() = default;

  [[nodiscard]] virtual bool enabled(LogLevel level) const = 0;
  virtual void write(LogLevel level, std::string_view event,
                     std::initializer_list<LogField> fields) = 0;
};

// Writes nothing; for tests, and for callers without a terminal.
class SilentLog final : public Log {
 public:
  [[nodiscard]] bool enabled(LogLevel) const override { return false; }
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace berth::base
