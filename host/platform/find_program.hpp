// Finds programs in PATH.
#pragma once

#include <optional>
#include <string>

namespace berth::platform {

// Returns the path of the program that ProgramProcess::start() would run: `name` itself if it has a
// slash, else the first executable file of that name in PATH. std::nullopt if it is not found.
std::optional<std::string> find_program(const std::string& name);

}  // namespace berth::platform
