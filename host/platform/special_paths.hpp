// Paths that have a meaning to the operating system.
#pragma once

#include <string_view>

namespace berth::platform {

// Returns whether `path` is in a directory of processes, their environment, the kernel's state or
// devices.
bool is_kernel_path(std::string_view path);

// Returns whether a file that the user named is the standard output of this process ("-",
// "/dev/stdout").
bool is_standard_output(std::string_view path);

}  // namespace berth::platform
