// Man pages, from the table that the parser and --help use.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace berth::cli {

struct ManPage {
  std::string name;  // "berth-push.1"
  std::string text;  // roff, macros of man(7), ASCII
};

// Returns berth.1 and a page of each command. The same version has the same bytes.
std::vector<ManPage> man_pages(const Command& root, const std::string& version);

}  // namespace berth::cli
