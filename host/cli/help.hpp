// The text of --help, from the tables that the parser uses.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace berth::cli {

// `columns`: the width to wrap descriptions at; 0: they are not wrapped.
std::string help_text(const Command& root, const std::vector<std::string>& path,
                      const Command& command, unsigned columns = 0);

// What berth prints without arguments: commands, examples and `state`, in 24 lines of 80 columns.
std::string first_screen(const Command& root, const std::string& state);

// Sections that several commands share.
HelpSection source_help(
    bool optional);              // forms of SOURCE; `optional`: describes what omitting it means
HelpSection destination_help();  // forms of DESTINATION
HelpSection image_help();        // forms of IMAGE, which is read
HelpSection reference_help(bool repository);  // forms of REFERENCE, or of REPOSITORY
HelpSection environment_help();               // credentials in the environment
HelpSection exit_status_help();

}  // namespace berth::cli
