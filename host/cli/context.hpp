// Context: what a command may use, so that it runs without a process around it.
#pragma once

#include <istream>
#include <ostream>

#include "app/app.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "cli/terminal_events.hpp"

namespace berth::cli {

// References must outlive the context.
struct Context {
  std::istream& in;
  std::ostream& out;
  Terminal& terminal;  // standard error
  app::App app;
  TerminalEvents& events;
  TableStyle out_style = {};  // of standard output; without columns, it is not a terminal
  bool json = false;          // --output json
  bool quiet = false;         // --quiet
  bool interactive = false;   // standard input and standard error are a terminal
};

}  // namespace berth::cli
