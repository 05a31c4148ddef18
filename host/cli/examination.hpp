// Examination: what `berth doctor` found, step by step, and how it is printed.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "cli/context.hpp"

namespace berth::cli {

using Elapsed = std::chrono::duration<double, std::milli>;

class Examination {
 public:
  // `steps` are all that there will be, in their order.
  explicit Examination(std::vector<std::string> steps);

  void ok(std::string_view step, std::string detail, Elapsed elapsed = Elapsed(0));
  // Not asked, or not needed here; `why` says so.
  void skipped(std::string_view step, std::string why);
  void failed(std::string_view step, const base::Error& error, Elapsed elapsed = Elapsed(0));
  [[nodiscard]] bool has_failed() const { return failure_.has_value(); }

  // Steps that nothing was said of are skipped because of the one that failed. Returns the exit status: its class.
  int print(Context& context, const std::string& reference) const;

 private:
  struct Step {
    std::string name;
    std::string status = "skipped";
    std::string detail = {};
    Elapsed elapsed{0};
  };
  Step& step(std::string_view name);
  [[nodiscard]] base::Json json(const std::string& reference) const;
  void print_text(Context& context) const;

  std::vector<Step> steps_;
  std::string failed_step_;
  std::optional<base::Error> failure_;
};

// How long it is since it was made.
class Stopwatch {
 public:
  [[nodiscard]] Elapsed elapsed() const { return std::chrono::steady_clock::now() - begin_; }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// Keeps what other layers tell the log, and when: what a person sees with -v, a doctor knows without. Hands on to the
// log of the command. Safe from any thread.
class WatchingLog final : public base::Log {
 public:
  struct Event {
    std::map<std::string, std::string, std::less<>> fields;
    std::chrono::steady_clock::time_point at;
  };

  explicit WatchingLog(base::Log& inner) : inner_(inner) {}
  [[nodiscard]] bool enabled(base::LogLevel level) const override {
    return level != base::LogLevel::trace || inner_.enabled(level);
  }
  void write(base::LogLevel level, std::string_view event, std::initializer_list<base::LogField> fields) override;
  // The last event of that name; nothing: there was none.
  [[nodiscard]] std::optional<Event> last(std::string_view event) const;

 private:
  base::Log& inner_;
  mutable std::mutex mutex_;
  std::map<std::string, Event, std::less<>> events_;
};

// The context of a command, with another log.
Context with_log(const Context& context, base::Log& log);

}  // namespace berth::cli
