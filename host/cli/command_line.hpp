// Parses argv into a command and its arguments, in one pass.
// Forms: --name VALUE, --name=VALUE, -n VALUE, -nVALUE, flags joined as -vvq; "--" ends the
// options; "-" is an operand. The value of an option is the next argument, whatever it looks like.
// An option that is given again replaces its earlier value, unless it may repeat. Near misses are
// suggested, never executed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace berth::cli {

struct ParsedLine {
  const Command* command = nullptr;
  std::vector<std::string> path;  // "container-registry", "flavor", "list"
  Arguments arguments;            // also after an error: what was parsed
  bool help = false;  // --help was given, or the command only groups others; not after an error
  std::optional<base::Error> error;  // the first error; class usage, codes "usage.…"
};

// `root` has all commands, and as options those of every command; it must outlive the result.
// `line` is argv without the program.
ParsedLine parse_line(const Command& root, const std::vector<std::string>& line);

}  // namespace berth::cli
