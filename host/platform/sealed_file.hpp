// Files in memory whose contents can be made immutable.
#pragma once

#include <system_error>

#include "platform/unique_fd.hpp"

namespace berth::platform {

// Creates an empty file in memory, for reading and writing. `name` is only for debugging.
UniqueFd create_memory_file(const char* name, std::error_code& error);

// Makes a file of create_memory_file() immutable: from then on no process can write to it or change
// its size, including this process, through any descriptor.
std::error_code seal(int memory_file);

}  // namespace berth::platform
