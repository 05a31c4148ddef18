// Copies a plugin into a sealed memory file, which cannot be changed any more.
#pragma once

#include <string>

#include "base/result.hpp"
#include "platform/unique_fd.hpp"

namespace berth::flavor {

// Returns a sealed copy of the file. Errors: class trust, code "flavor.changed": the SHA-256 of the
// file is not `sha256` (hex); those of open_plugin_file() and of failed reads and writes.
base::Result<platform::UniqueFd> sealed_copy(const std::string& path, const std::string& sha256);

}  // namespace berth::flavor
