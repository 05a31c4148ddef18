#include "platform/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace berth::platform {

Pipe create_pipe(std::error_code& error) {
  int ends[2] = {-1, -1};
  error = ::pipe2(ends, O_CLOEXEC) == 0 ? std::error_code()
                                        : std::error_code(errno, std::generic_category());
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace berth::platform
