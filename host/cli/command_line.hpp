// From argv to a command and its arguments, in one pass, so that no two readings can differ.
// Words: --name VALUE, --name=VALUE, -n VALUE, -nVALUE, flags joined as -vvq; "--" ends the options; "-" is an operand.
// An option's value is the next word whatever it looks like; an operand is never taken for one. An option given again
// replaces what it said before, unless it may repeat. Near misses are named, never run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace berth::cli {

struct ParsedLine {
  const Command* command = nullptr;
  std::vector<std::string> path;     // "container-registry", "flavor", "list"
  Arguments arguments;               // also when the line is wrong: what was understood of it
  bool help = false;                 // asked for, or the command only holds others; unless there is an error
  std::optional<base::Error> error;  // the first thing that is wrong; class usage, codes "usage.…"
};

// `root` holds the commands, and as options those of every command; it outlives the result. `line` is argv without the
// program.
ParsedLine parse_line(const Command& root, const std::vector<std::string>& line);

}  // namespace berth::cli
