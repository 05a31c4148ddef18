#include "flavor/spawn.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>

#include "channel/protocol.hpp"

namespace berth::flavor {
namespace {

using platform::UniqueFd;

base::Error cannot_start(const std::string& program, int error) {
  return base::Error(base::ErrorClass::plugin, "plugin.worker", "cannot start " + program)
      .cause(base::errno_text(error))
      .fix("reinstall berth, which includes berth-flavor-worker");
}

// Duplicates `fd` to a number above all descriptors that the worker gets, so that dup2() cannot
// overwrite it.
UniqueFd moved_up(int fd) { return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 10)); }

struct FileActions {
  posix_spawn_file_actions_t value{};
  FileActions() { posix_spawn_file_actions_init(&value); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&value); }
};

struct Attributes {
  posix_spawnattr_t value{};
  Attributes() {
    posix_spawnattr_init(&value);
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&value, &all);
    posix_spawnattr_setsigmask(&value, &none);
    posix_spawnattr_setpgroup(&value, 0);  // Ctrl-C signals only berth, which terminates the worker properly
    posix_spawnattr_setflags(&value, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { posix_spawnattr_destroy(&value); }
};

}  // namespace

base::Result<SpawnedWorker> spawn_worker(const std::string& program, const UniqueFd& plugin) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return cannot_start(program, errno);
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  if (::pipe2(ends, O_CLOEXEC) != 0) return cannot_start(program, errno);
  UniqueFd output(ends[0]);
  UniqueFd print(ends[1]);
  const UniqueFd channel = moved_up(theirs.get());
  const UniqueFd printer = moved_up(print.get());
  const UniqueFd bytes = moved_up(plugin.get());
  if (!channel || !printer || !bytes) return cannot_start(program, errno);

  FileActions actions;
  posix_spawn_file_actions_addopen(&actions.value, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions.value, printer.get(), 1);
  posix_spawn_file_actions_adddup2(&actions.value, printer.get(), 2);
  posix_spawn_file_actions_adddup2(&actions.value, channel.get(), channel::kChannelFd);
  posix_spawn_file_actions_adddup2(&actions.value, bytes.get(), channel::kPluginFd);
  posix_spawn_file_actions_addclosefrom_np(&actions.value, channel::kPluginFd + 1);
  const Attributes attributes;
  std::string name = "berth-flavor-worker";
  char* argv[] = {name.data(), nullptr};
  char* environment[] = {nullptr};
  SpawnedWorker worker;
  if (const int error =
          ::posix_spawn(&worker.pid, program.c_str(), &actions.value, &attributes.value, argv, environment);
      error != 0)
    return cannot_start(program, error);
  worker.process = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, worker.pid, 0)));
  if (!worker.process) {
    const int error = errno;
    ::kill(worker.pid, SIGKILL);
    ::waitpid(worker.pid, nullptr, 0);
    return cannot_start(program, error);
  }
  ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(output.get(), F_SETFL, O_NONBLOCK);
  worker.channel = std::move(ours);
  worker.output = std::move(output);
  return worker;
}

}  // namespace berth::flavor
