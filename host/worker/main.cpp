// berth-flavor-worker: loads one plugin and serves berth, which started it. Not for people.
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "channel/protocol.hpp"
#include "worker/serve.hpp"

int main() {
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(berth::channel::kChannelFd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    std::fputs("berth-flavor-worker is started by berth, not by people\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  berth::worker::serve(berth::channel::kChannelFd, berth::channel::kPluginFd);
  // A plugin's destructors are not run: it is never unloaded.
  ::_exit(0);
}
