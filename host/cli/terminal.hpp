// Terminal: everything that goes to standard error: errors, warnings, findings, progress. The one place that knows of
// terminals, colour and width. Safe from any thread.
#pragma once

#include <mutex>
#include <ostream>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"

namespace berth::cli {

enum class Progress { line, plain, json, none };

struct TerminalOptions {
  bool colour = false;
  Progress progress = Progress::none;
};

class Terminal {
 public:
  Terminal(std::ostream& err, TerminalOptions options) : err_(err), options_(options) {}
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void set(TerminalOptions options);
  [[nodiscard]] Progress progress() const { return options_.progress; }

  // One line; `text` may hold foreign text, and is escaped.
  void line(std::string_view text);
  // A line for a person; an event where progress is JSON, so that every line of it is.
  void remark(std::string_view text);
  // One line of JSON.
  void event(const base::Json& event);
  void warning(std::string_view text);
  // CLI.md, "An error, as a person sees it". `subject` may be empty.
  void error(const base::Error& error, const std::string& subject);
  void finding(std::string_view severity, const std::string& code, const std::string& message, const std::string& fix);
  // A line that the next one replaces; terminals only.
  void transient(std::string_view text);

 private:
  void clear_transient();
  [[nodiscard]] std::string coloured(std::string_view text, const char* colour) const;

  std::ostream& err_;
  TerminalOptions options_;
  std::mutex mutex_;
  bool transient_shown_ = false;
};

}  // namespace berth::cli
