// berth-flavor-worker: loads one plugin and serves berth, which starts it. Not for direct use.
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "channel/protocol.hpp"
#include "platform/crash_report.hpp"
#include "platform/elevated.hpp"
#include "platform/parent_process.hpp"
#include "platform/socket.hpp"
#include "worker/serve.hpp"

namespace {

// Makes the system kill this process when berth exits, even if the plugin hangs. Returns false if
// berth has already exited.
bool tie_to_berth() {
  berth::platform::end_with_parent();
  return !berth::platform::is_closed_by_peer(berth::channel::kChannelFd);
}

}  // namespace

int main() {
  if (berth::platform::is_elevated()) {
    std::fprintf(stderr, "berth-flavor-worker: %s\n", berth::platform::kElevatedMessage);
    return 2;
  }
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(berth::channel::kChannelFd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    std::fputs("berth-flavor-worker must be started by berth\n", stderr);
    return 2;
  }
  if (!tie_to_berth()) return 0;
  std::signal(SIGPIPE, SIG_IGN);
  berth::platform::report_crashes();
  // The plugin must not learn berth's working directory.
  if (::chdir("/") != 0) return 2;
  berth::worker::serve(berth::channel::kChannelFd, berth::channel::kPluginFd);
  // _exit() does not run the plugin's destructors: a plugin is never unloaded.
  ::_exit(0);
}
