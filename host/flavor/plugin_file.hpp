// A plugin's file, as discovery and the sealed copy read it.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::flavor {

// Opens it for reading and never waits: what is no regular file is not opened, so that a FIFO or a device in a folder
// of the search path keeps nobody. Symbolic links are followed. Class trust, codes "flavor.not-regular" and
// "flavor.too-large" (256 MiB); class not-found or disk where it cannot be opened.
base::Result<base::UniqueFd> open_plugin_file(const std::string& path);

// The sha256 of all of it, in hex.
base::Result<std::string> hash_plugin_file(int fd, const std::string& path);

}  // namespace berth::flavor
