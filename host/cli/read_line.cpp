#include "cli/read_line.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace berth::cli {

base::Result<std::string> read_line(Context& context) {
  // A signal that comes just before a read would leave it waiting: this wait ends with
  // cancellation, whenever it came.
  if (context.in.rdbuf()->in_avail() <= 0) {
    pollfd waits[] = {{STDIN_FILENO, POLLIN, 0}, {context.app.cancellation.fd(), POLLIN, 0}};
    while (::poll(waits, 2, -1) < 0 && errno == EINTR) {
    }
  }
  std::string line;
  if (!context.app.cancellation.requested()) std::getline(context.in, line);
  if (context.app.cancellation.requested()) return context.app.cancellation.error();
  return line;
}

}  // namespace berth::cli
