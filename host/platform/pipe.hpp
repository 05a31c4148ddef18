// Creates pipes.
#pragma once

#include <system_error>

#include "platform/unique_fd.hpp"

namespace berth::platform {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

// Both ends are close-on-exec from the start, so that no program started meanwhile inherits them.
Pipe create_pipe(std::error_code& error);

}  // namespace berth::platform
