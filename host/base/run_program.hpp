// A program run to its end: no shell, bytes in, bytes out, a deadline. The one place that starts programs of others.
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

// argv[0] without a slash is looked up in PATH. The program gets this process's environment and ends, with all that it
// started in its process group, when a limit is reached or `cancellation` is requested. Errors: class not-found, code
// "program.missing"; class stall, "program.deadline"; class plugin never: whose fault it is, the caller knows; class
// disk, "program.start"; class validation, "program.output", beyond the cap; class interrupted.
Result<ProgramResult> run_program(const std::vector<std::string>& argv, std::string_view input,
                                  const ProgramLimits& limits, const Cancellation& cancellation);

}  // namespace berth::base
