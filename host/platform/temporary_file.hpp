// Creates temporary files without a name.
#pragma once

#include <string>
#include <system_error>

#include "platform/unique_fd.hpp"

namespace berth::platform {

// Creates a file in `directory`, mode 0600, for reading and writing. It disappears when closed,
// however the process ends.
UniqueFd create_unnamed_file(const std::string& directory, std::error_code& error);

}  // namespace berth::platform
