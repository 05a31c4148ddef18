// Copies a plugin into a sealed memory file, which cannot be changed any more.
#pragma once

#include "base/result.hpp"
#include "flavor/index.hpp"
#include "platform/unique_fd.hpp"

namespace berth::flavor {

// Returns a sealed copy of the examined file. Errors: class trust, code "flavor.changed": the file
// has another SHA-256 than `candidate`, or another version if that has none; those of
// open_plugin_file() and of failed reads and writes.
base::Result<platform::UniqueFd> sealed_copy(const Candidate& candidate);

}  // namespace berth::flavor
