// The command line as a function: runs argv in a process environment and returns the exit status.
#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "base/cancellation.hpp"
#include "cli/context.hpp"

namespace berth::cli {

// The process that the command line runs in.
struct ProcessEnv {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  app::Environment environment;
  base::Cancellation& cancellation;
  std::string program;  // absolute path of berth
  bool in_is_terminal = false;
  bool err_is_terminal = false;
  std::function<void(std::chrono::milliseconds)> set_wall_limit;  // --timeout
  std::function<unsigned()> err_columns = {};                     // of the terminal; 0: unknown
  std::function<unsigned()> err_rows = {};                        // the same
  // The home directory of this process's account, used where HOME is not set; empty if unknown. May
  // be empty.
  std::function<std::string()> account_home = {};
  // platform::is_elevated(): every command is refused, and the environment is not read.
  bool elevated = false;
  bool out_is_terminal = false;
  std::function<unsigned()> out_columns = {};  // as err_columns
};

int run_berth(const std::vector<std::string>& arguments, const ProcessEnv& process);

}  // namespace berth::cli
