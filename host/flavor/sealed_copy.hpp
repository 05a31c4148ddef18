// A plugin's bytes as they were checked: a memory file that nobody can change any more.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::flavor {

// Class trust, code "flavor.changed", when the file's sha256 (hex) is not `sha256` any more.
base::Result<base::UniqueFd> sealed_copy(const std::string& path, const std::string& sha256);

}  // namespace berth::flavor
