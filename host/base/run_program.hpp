// Runs another program to completion: without a shell, with input, output and a deadline. berth
// starts other programs only with this function.
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

// Runs argv[0] (searched for in PATH if it has no slash) with this process's environment. Returns
// once the program has ended and its output is closed. If a process that it left running, such as
// an agent, keeps the output open, returns two seconds after the program ended with the output so
// far, and does not kill that process. If a limit is reached or `cancellation` is requested, the
// program and all its descendants are killed, whatever their session or process group is. Errors:
// class not-found, code "program.missing"; class stall, "program.deadline"; class validation,
// "program.output", if the output exceeds its limit; class disk, "program.start"; class
// interrupted. Never class plugin: the caller knows whether a plugin is responsible.
Result<ProgramResult> run_program(const std::vector<std::string>& argv, std::string_view input,
                                  const ProgramLimits& limits, const Cancellation& cancellation);

}  // namespace berth::base
