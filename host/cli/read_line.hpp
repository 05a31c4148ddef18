// Reads a line that a user types, or a script pipes in.
#pragma once

#include <string>

#include "base/result.hpp"
#include "cli/context.hpp"

namespace berth::cli {

// Empty at the end of the input. Class interrupted, as soon as the user ends berth.
base::Result<std::string> read_line(Context& context);

}  // namespace berth::cli
