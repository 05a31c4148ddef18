// What --help prints, from the same place as the parser.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace berth::cli {

std::string help_text(const Command& root, const std::vector<std::string>& path, const Command& command);

}  // namespace berth::cli
