// Completes a command line, from the table that the parser and --help use, and from what is
// registered on this machine. completion_scripts.hpp has the scripts that call it from shells.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "flavor/flavor_settings.hpp"

namespace berth::cli {

struct CompletionCandidate {
  std::string text = {};         // the whole argument
  std::string description = {};  // may be empty
  bool continues = false;        // more of the argument follows: no blank after it
};

// What is known on this machine. Each is called only if it is needed, and returns nothing if it
// cannot be read.
struct CompletionSources {
  using Named = std::vector<std::pair<std::string, std::string>>;  // name, description
  std::function<Named()> registries;
  std::function<Named()> flavors;
  // The settings of a flavor; empty if it is not found.
  std::function<std::vector<flavor::Setting>(const std::string& flavor)> settings;
  // The flavor of a registered container registry; empty if it is not registered.
  std::function<std::string(const std::string& registry)> flavor_of;
  // The entries of a directory ("" for the current one): directories end with a slash.
  std::function<std::vector<std::string>(const std::string& directory)> entries;
};

// `line`: the arguments after "berth" up to the cursor; the last one, which may be empty, is
// completed. Returns all candidates that begin with it, in the order of the help.
std::vector<CompletionCandidate> complete_line(const Command& root,
                                               const std::vector<std::string>& line,
                                               const CompletionSources& sources);

}  // namespace berth::cli
