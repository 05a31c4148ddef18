// Reads a plugin file into a Candidate, without loading it.
#pragma once

#include "base/result.hpp"
#include "flavor/candidate.hpp"

namespace berth::flavor {

// Reads the version and the metadata of candidate.path; of a plugin for another version of berth,
// its name. Unless it is `trusted` (registered or installed), checks its owner and permissions.
// Errors: those of open_plugin_file(), read_metadata() and check_trust().
base::Result<void> examine(Candidate& candidate, bool trusted);

// The same for a registered file. Checks the hash first: the content of a file that changed since
// its registration must not be used. Errors: class trust, code "flavor.changed"; those of
// open_plugin_file() and read_metadata().
base::Result<void> examine_pinned(Candidate& candidate, const Pin& pin);

// The same for a file that is registered for development: its bytes may change, so that the rules
// for unregistered files apply. Errors: those of examine() and check_development().
base::Result<void> examine_development(Candidate& candidate, const Pin& pin);

}  // namespace berth::flavor
