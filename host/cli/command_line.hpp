// From argv to a command and its arguments. CLI11 underneath; near misses and help are ours.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace berth::cli {

struct ParsedLine {
  const Command* command = nullptr;
  std::vector<std::string> path;  // "container-registry", "flavor", "list"
  Arguments arguments;
  bool help = false;
};

// `root` holds the commands, and as options those of every command; it outlives the result. `line` is argv without the
// program. Class usage, codes "usage.…", with a near miss.
base::Result<ParsedLine> parse_line(const Command& root, std::vector<std::string> line);

std::string help_text(const Command& root, const std::vector<std::string>& path, const Command& command);

}  // namespace berth::cli
