// Opens, hashes, parses and recognises plugin files.
#pragma once

#include <string>

#include "base/result.hpp"
#include "platform/file_version.hpp"
#include "platform/object_file.hpp"
#include "platform/unique_fd.hpp"

namespace berth::flavor {

// Opens a plugin file for reading, without blocking. Files that are not regular are not opened, so
// that a FIFO or a device in a directory of the search path cannot block berth. Symbolic links are
// followed. Errors: class trust, codes "flavor.not-regular" and "flavor.too-large" (more than 256
// MiB); class not-found or disk if it cannot be opened.
base::Result<platform::UniqueFd> open_plugin_file(const std::string& path);

// Class trust, code "flavor.changed", if the file has another version.
base::Result<void> check_version(const platform::UniqueFd& file, const std::string& path,
                                 const platform::FileVersion& version);

// Returns the SHA-256 of the whole file, in hex.
base::Result<std::string> hash_plugin_file(int fd, const std::string& path);

// Returns the berth notes of the file and the libraries that it requires. Errors: class trust,
// codes "flavor.not-elf" (not a valid shared object) and "flavor.wrong-machine" (another
// architecture or operating system); class disk if it cannot be read.
base::Result<platform::ObjectFile> parse_plugin_file(int fd, const std::string& path);

}  // namespace berth::flavor
