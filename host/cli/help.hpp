// The text of --help, from the tables that the parser uses.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace berth::cli {

std::string help_text(const Command& root, const std::vector<std::string>& path,
                      const Command& command);

// Sections that several commands share.
HelpSection source_help(
    bool optional);              // forms of SOURCE; `optional`: describes what omitting it means
HelpSection destination_help();  // forms of DESTINATION
HelpSection image_help();        // forms of IMAGE, which is read
HelpSection reference_help(bool repository);  // forms of REFERENCE, or of REPOSITORY
HelpSection environment_help();               // credentials in the environment
HelpSection exit_status_help();

}  // namespace berth::cli
