#include "cli/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.hpp"
#include "base/redact.hpp"

namespace berth::cli {
namespace {

constexpr const char* kRed = "\x1b[31m";
constexpr const char* kYellow = "\x1b[33m";
constexpr const char* kPlain = "\x1b[0m";

// Foreign text, without secrets and control characters.
std::string shown(std::string_view text) { return base::escape(base::redact(text)); }

constexpr unsigned kUsualColumns = 80;
constexpr unsigned kUsualRows = 24;

// At most `columns` characters of UTF-8 text.
std::string cut(std::string text, unsigned columns) {
  unsigned characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (begins && characters++ == columns) return text.substr(0, i);
  }
  return text;
}

// Moves the cursor from the last of `lines` transient lines to the first column of the first.
std::string first_line(std::size_t lines) {
  return lines > 1 ? fmt::format("\r\x1b[{}A", lines - 1) : "\r";
}

std::string labelled(std::string_view label, const std::string& text) {
  return text.empty() ? "" : fmt::format("  {:<9} {}\n", label, shown(text));
}

}  // namespace

void Terminal::set(TerminalOptions options) {
  const std::lock_guard lock(mutex_);
  options_ = std::move(options);
}

std::string Terminal::coloured(std::string_view text, const char* colour) const {
  return options_.colour ? fmt::format("{}{}{}", colour, text, kPlain) : std::string(text);
}

void Terminal::clear_transient_locked() {
  if (transient_lines_ > 0)
    err_ << first_line(transient_lines_) << (transient_lines_ > 1 ? "\x1b[J" : "\x1b[K")
         << std::flush;
  transient_lines_ = 0;
}

void Terminal::clear_transient() {
  const std::lock_guard lock(mutex_);
  clear_transient_locked();
}

void Terminal::line(std::string_view text) {
  const std::lock_guard lock(mutex_);
  clear_transient_locked();
  err_ << shown(text) << '\n' << std::flush;
}

void Terminal::info(std::string_view text) {
  if (progress() != ProgressForm::json) return line(text);
  event(base::Json::object({{"event", "remark"}, {"text", base::redact(text)}}));
}

void Terminal::event(const base::Json& event) {
  const std::lock_guard lock(mutex_);
  err_ << event.dump() << '\n' << std::flush;
}

void Terminal::warning(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (!warnings_.emplace(text).second) return;
  clear_transient_locked();
  err_ << "berth: " << coloured("warning", kYellow) << ": " << shown(text) << '\n' << std::flush;
}

void Terminal::error(const base::Error& error, const std::string& subject) {
  const std::lock_guard lock(mutex_);
  clear_transient_locked();
  const std::string message = subject.empty() ? error.message() : subject + ": " + error.message();
  err_ << fmt::format("berth: {} ({})\n", shown(message),
                      coloured(base::class_name(error.error_class()), kRed));
  for (const auto& note : error.notes())
    err_ << labelled("while", note.rfind("while ", 0) == 0 ? note.substr(6) : note);
  err_ << labelled("cause", error.cause()) << labelled("registry", error.registry())
       << labelled("fix", error.fix()) << std::flush;
}

void Terminal::finding(std::string_view severity, const std::string& code,
                       const std::string& message, const std::string& fix) {
  const std::lock_guard lock(mutex_);
  clear_transient_locked();
  const char* colour = severity == "error" ? kRed : kYellow;
  err_ << fmt::format("{}: {} ({})\n", coloured(severity, colour), shown(message),
                      base::escape(code))
       << labelled("fix", fix) << std::flush;
}

void Terminal::transient(const std::vector<std::string>& lines) {
  const std::lock_guard lock(mutex_);
  const unsigned columns = options_.columns ? options_.columns() : 0;
  const unsigned rows = options_.rows ? options_.rows() : 0;
  // One row stays for what is printed before.
  const std::size_t count =
      std::min<std::size_t>(lines.size(), std::max(2U, rows != 0 ? rows : kUsualRows) - 1);
  std::string frame = first_line(transient_lines_);
  for (std::size_t i = 0; i < count; ++i) {
    // A line that wraps cannot be cleared; in the last column some terminals wrap already.
    frame += i == 0 ? "\x1b[K" : "\n\r\x1b[K";
    frame += cut(shown(lines[i]), (columns != 0 ? columns : kUsualColumns) - 1);
  }
  if (count < transient_lines_) frame += "\x1b[J";
  err_ << frame << std::flush;
  transient_lines_ = count;
}

}  // namespace berth::cli
