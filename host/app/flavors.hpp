// Registers and manages flavors: shared objects that anyone can compile.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/app.hpp"
#include "app/events.hpp"
#include "flavor/index.hpp"

namespace berth::app {

// Reads the metadata of a plugin, or of all plugins in a directory, without loading them. Class
// not-found, code "flavor.empty-folder", if the directory has none.
base::Result<std::vector<flavor::Candidate>> inspect_plugins(const std::string& path);

// Checks that the only candidate is the file with that SHA-256. Class trust, code
// "flavor.not-reviewed"; class usage, code "usage.sha256".
base::Result<void> check_reviewed(const std::vector<flavor::Candidate>& candidates,
                                  const std::string& sha256);

// What a registration pins in addition to path and permissions: the bytes of the file, or, while a
// flavor is developed, only its name.
enum class PinKind { bytes, development };

// Pins the candidates. Replaces older pins of the same paths and of the same flavors, and reports
// the latter. Class usage, code "flavor.registered-twice", if two candidates have one flavor: only
// one of them could be used.
base::Result<void> register_flavors(const App& app,
                                    const std::vector<flavor::Candidate>& candidates, PinKind kind,
                                    Events& events);

// Deletes the pins of the flavor. Class not-found, code "flavor.not-registered"; class usage, code
// "flavor.in-use".
base::Result<void> delete_flavor(const App& app, const std::string& name, Events& events);

struct FlavorList {
  std::vector<flavor::Candidate> in_use;
  std::vector<flavor::Candidate> others;  // with code and reason
};

base::Result<FlavorList> list_flavors(const App& app, Events& events);

// Returns the plugins at that path or of that name, each with the reason why it is, or is not, in
// use. A file that is not on the search path is inspected. Class not-found if nothing matches.
base::Result<std::vector<flavor::Candidate>> explain_selection(const App& app,
                                                               const std::string& path_or_name,
                                                               Events& events);

}  // namespace berth::app
