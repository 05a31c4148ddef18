// What differs between systems about open files and directories.
#pragma once

#include <sys/stat.h>

#include <string>
#include <system_error>

#include "platform/unique_fd.hpp"

namespace berth::platform {

// Returns the path of an open file with symbolic links resolved; empty if the system does not
// report it.
std::string path_of_open_file(int fd);

// Returns whether this is /dev/null.
bool is_null_device(const struct stat& status);

// Opens a directory as the starting point of openat(2), for which permission to read it is not
// required. Links are followed.
UniqueFd open_directory(const std::string& path, std::error_code& error);

// Opens the directory `name` in `directory` in the same way. Fails if it is a link.
UniqueFd open_directory_at(int directory, const std::string& name, std::error_code& error);

}  // namespace berth::platform
