// Creates the project of a new flavor outside of berth's tree: sources, tests and build files.
#pragma once

#include <string>
#include <vector>

#include "app/app.hpp"
#include "app/events.hpp"
#include "base/result.hpp"

namespace berth::app {

struct NewFlavorRequest {
  std::string name;       // of the flavor
  std::string directory;  // of the project; empty: NAME in the current directory
};

struct NewFlavorReport {
  std::string flavor;
  std::string directory;           // absolute
  std::vector<std::string> files;  // relative to `directory`
  // The prefix of the installed SDK, if CMake does not find it by itself; else empty.
  std::string sdk_prefix;
};

// Writes the project into a temporary directory next to its own, which is renamed when it is
// complete: a project is never incomplete. A directory that exists may contain only ".git". Missing
// parent directories are created. Errors: class usage, codes "flavor.name" (not
// [a-z0-9][a-z0-9-]*, at most 63 characters, or the name of a shipped flavor) and
// "flavor.directory-in-use"; class disk if it cannot be written.
base::Result<NewFlavorReport> create_flavor_project(const App& app, const NewFlavorRequest& request,
                                                    Events& events);

}  // namespace berth::app
