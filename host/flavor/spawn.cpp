#include "flavor/spawn.hpp"

#include <fcntl.h>

#include "channel/protocol.hpp"
#include "platform/pipe.hpp"
#include "platform/socket.hpp"

namespace berth::flavor {
namespace {

base::Error cannot_start(const std::string& program, const std::error_code& error) {
  return base::Error(base::ErrorClass::plugin, "plugin.worker", "cannot start " + program)
      .cause(base::errno_text(error.value()))
      .fix("reinstall berth, which includes berth-flavor-worker");
}

}  // namespace

base::Result<SpawnedWorker> spawn_worker(const std::string& program,
                                         const platform::UniqueFd& plugin) {
  std::error_code error;
  auto channel = platform::create_socket_pair(error);
  if (error) return cannot_start(program, error);
  auto output = platform::create_pipe(error);
  if (error) return cannot_start(program, error);
  auto process =
      platform::ChildProcess::start({.path = program,
                                     .name = "berth-flavor-worker",
                                     .descriptors = {{output.write_end.get(), 1},
                                                     {output.write_end.get(), 2},
                                                     {channel.second.get(), channel::kChannelFd},
                                                     {plugin.get(), channel::kPluginFd}}},
                                    error);
  if (error) return cannot_start(program, error);
  ::fcntl(channel.first.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(output.read_end.get(), F_SETFL, O_NONBLOCK);
  return SpawnedWorker{std::move(process), std::move(channel.first), std::move(output.read_end)};
}

}  // namespace berth::flavor
