// Terminal: everything that goes to standard error: errors, warnings, findings, progress. Only this
// class handles terminals, colour and width. Thread-safe. Transient lines (progress) are cleared
// before anything else is printed, here or through ClearingBuffer.
#pragma once

#include <functional>
#include <mutex>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/json_value.hpp"
#include "base/result.hpp"

namespace berth::cli {

enum class ProgressForm { line, plain, json, none };

struct TerminalOptions {
  bool colour = false;
  ProgressForm progress = ProgressForm::none;
  std::function<unsigned()> columns = {};  // of the terminal now; 0 or empty: unknown
  std::function<unsigned()> rows = {};     // the same
};

class Terminal {
 public:
  Terminal(std::ostream& err, TerminalOptions options) : err_(err), options_(std::move(options)) {}
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void set(TerminalOptions options);
  [[nodiscard]] ProgressForm progress() const { return options_.progress; }

  // One line; `text` may hold foreign text, and is escaped.
  void line(std::string_view text);
  // A line for a person; an event where progress is JSON, so that every line of it is.
  void info(std::string_view text);
  // One line of JSON.
  void event(const base::Json& event);
  // Prints each warning once.
  void warning(std::string_view text);
  // host/cli/README.md, "Output". `subject` may be empty.
  void error(const base::Error& error, const std::string& subject);
  void finding(std::string_view severity, const std::string& code, const std::string& message,
               const std::string& fix);
  // Shows `text` on a line that the next one replaces, cut to the width of the terminal. Only with
  // ProgressForm::line.
  void transient(std::string_view text) { transient(std::vector{std::string(text)}); }
  // The same for several lines, of which the last ones are omitted on a terminal with few rows. One
  // write, so that no half-drawn lines are seen.
  void transient(const std::vector<std::string>& lines);
  // Removes the transient lines, if any are shown.
  void clear_transient();

 private:
  friend class ClearingBuffer;
  void clear_transient_locked();
  [[nodiscard]] std::string coloured(std::string_view text, const char* colour) const;

  std::ostream& err_;
  TerminalOptions options_;
  std::mutex mutex_;
  std::size_t transient_lines_ = 0;              // that are shown
  std::set<std::string, std::less<>> warnings_;  // that were printed
};

}  // namespace berth::cli
