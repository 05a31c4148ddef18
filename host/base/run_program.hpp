// Runs a program to its end: no shell, bytes in, bytes out, a deadline. The only way in which berth starts programs of
// others.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.hpp"
#include "base/result.hpp"

namespace berth::base {

struct ProgramLimits {
  std::chrono::milliseconds deadline{30'000};
  std::size_t output = std::size_t{1} << 20U;  // of standard output, and of standard error
};

struct ProgramResult {
  int status = 0;  // exit status, or 128 + signal
  std::string out;
  std::string err;
};

// Runs argv[0] (looked up in PATH without a slash) with this process's environment. Returns once it has ended and
// closed its output; if it left another process running that keeps the output open, two seconds after it ended, with
// what came until then: that process, an agent perhaps, is not killed. If a limit is reached or `cancellation` is
// requested, the program is killed with everything that it started, whatever session or process group that is in.
// Errors: class not-found, code "program.missing"; class stall, "program.deadline"; class validation, "program.output",
// beyond the cap; class disk, "program.start"; class interrupted. Class plugin never: the caller knows whose fault it
// is.
Result<ProgramResult> run_program(const std::vector<std::string>& argv, std::string_view input,
                                  const ProgramLimits& limits, const Cancellation& cancellation);

}  // namespace berth::base
