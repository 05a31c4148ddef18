#include "base/run_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "platform/find_program.hpp"
#include "platform/program_process.hpp"

namespace berth::base {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// How long to wait for output after the program ended, if a process that it left running keeps it
// open.
constexpr milliseconds kOutputGrace{2'000};

// Appends the available output; closes `from` at its end.
bool drain(platform::UniqueFd& from, std::string& into, std::size_t most) {
  std::array<char, 16384> buffer{};
  const auto count = ::read(from.get(), buffer.data(), buffer.size());
  if (count > 0) into.append(buffer.data(), static_cast<std::size_t>(count));
  if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) from = platform::UniqueFd();
  return into.size() <= most;
}

// Closes `to` once everything is written, or if the program has closed its input.
void feed(platform::UniqueFd& to, std::string_view& input) {
  const auto count = ::write(to.get(), input.data(), input.size());
  if (count > 0) input.remove_prefix(static_cast<std::size_t>(count));
  if (input.empty() || (count < 0 && errno != EINTR && errno != EAGAIN)) to = platform::UniqueFd();
}

Error timed_out(const std::string& program, const ProgramLimits& limits) {
  const auto limit = limits.deadline.count();
  return Error(ErrorClass::stall, "program.deadline", program + " timed out")
      .cause("killed after " + (limit % 1000 == 0 ? std::to_string(limit / 1000) + " s"
                                                  : std::to_string(limit) + " ms"));
}

Error too_much_output(const std::string& program, const ProgramLimits& limits) {
  return Error(ErrorClass::validation, "program.output", "output of " + program + " is too large")
      .cause("more than " + std::to_string(limits.output) + " bytes");
}

Error cannot_start(const std::string& program, const std::error_code& error) {
  const bool missing = error == std::errc::no_such_file_or_directory;
  if (missing && !platform::find_program(program))
    return Error(ErrorClass::not_found, "program.missing", "program " + program + " not found");
  return Error(ErrorClass::disk, "program.start", "cannot start " + program)
      .cause(missing ? "the interpreter in its first line does not exist"
                     : errno_text(error.value()));
}

// A running program and its result so far. Used by one thread.
class Run {
 public:
  Run(platform::ProgramProcess process, std::string_view input, const ProgramLimits& limits)
      : process_(std::move(process)),
        input_(input),
        limits_(limits),
        deadline_(Clock::now() + limits.deadline) {
    ::fcntl(process_.in.get(), F_SETFL, O_NONBLOCK);
  }

  Result<ProgramResult> to_its_end(const std::string& program, const Cancellation& cancellation) {
    while (!is_done()) {
      if (Clock::now() >= deadline_) return timed_out(program, limits_);
      const bool fits = step(cancellation);
      if (cancellation.requested()) return cancellation.error();
      if (!fits) return too_much_output(program, limits_);
    }
    process_.release();
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool is_done() const {
    return output_limit_ && ((!process_.out && !process_.err) || Clock::now() >= *output_limit_);
  }
  [[nodiscard]] int poll_timeout() const {
    const auto until = output_limit_ ? std::min(*output_limit_, deadline_) : deadline_;
    const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now()).count() + 1;
    return static_cast<int>(std::clamp<long>(left, 0, 60'000));
  }
  // Waits for one event and handles it. Returns false if there is too much output.
  bool step(const Cancellation& cancellation) {
    // poll() ignores negative descriptors.
    pollfd waits[5] = {{process_.out.get(), POLLIN, 0},
                       {process_.err.get(), POLLIN, 0},
                       {process_.in.get(), POLLOUT, 0},
                       {output_limit_ ? -1 : process_.ended_fd(), POLLIN, 0},
                       {cancellation.fd(), POLLIN, 0}};
    ::poll(waits, std::size(waits), poll_timeout());
    if (waits[2].revents != 0) feed(process_.in, input_);
    if (waits[3].revents != 0) {
      result_.status = process_.exit_status();
      output_limit_ = Clock::now() + kOutputGrace;
    }
    return (waits[0].revents == 0 || drain(process_.out, result_.out, limits_.output)) &&
           (waits[1].revents == 0 || drain(process_.err, result_.err, limits_.output));
  }

  platform::ProgramProcess process_;
  std::string_view input_;
  const ProgramLimits& limits_;
  Clock::time_point deadline_;
  std::optional<Clock::time_point> output_limit_;  // std::nullopt while the program runs
  ProgramResult result_;
};

}  // namespace

Result<ProgramResult> run_program(const std::vector<std::string>& argv, std::string_view input,
                                  const ProgramLimits& limits, const Cancellation& cancellation) {
  std::error_code error;
  auto process = platform::ProgramProcess::start(argv, error);
  if (error) return cannot_start(argv[0], error);
  return Run(std::move(process), input, limits).to_its_end(argv[0], cancellation);
}

}  // namespace berth::base
