#include "platform/child_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

namespace berth::platform {
namespace {

// The child's descriptors are below; those that are duplicated to them must not be overwritten.
constexpr int kAboveChildDescriptors = 10;

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
    posix_spawnattr_setpgroup(
        &value, 0);  // Ctrl-C signals only this process, which terminates the child properly
    posix_spawnattr_setflags(
        &value, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { posix_spawnattr_destroy(&value); }
};

// Adds the child's descriptors to `actions`. Returns the copies that must be open until the child
// has started.
std::vector<UniqueFd> inherit(const ChildProgram& program, FileActions& actions,
                              std::error_code& error) {
  std::vector<UniqueFd> copies;
  int previous = -1;
  int first_closed = 1;
  posix_spawn_file_actions_addopen(&actions.value, 0, "/dev/null", O_RDONLY, 0);
  for (const auto& descriptor : program.descriptors) {
    if (descriptor.from != previous)
      copies.emplace_back(::fcntl(descriptor.from, F_DUPFD_CLOEXEC, kAboveChildDescriptors));
    if (!copies.back()) error.assign(errno, std::generic_category());
    previous = descriptor.from;
    posix_spawn_file_actions_adddup2(&actions.value, copies.back().get(), descriptor.to);
    first_closed = descriptor.to + 1;
  }
  posix_spawn_file_actions_addclosefrom_np(&actions.value, first_closed);
  return copies;
}

int wait_for(pid_t id) noexcept {
  int status = 0;
  while (::waitpid(id, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

ChildProcess ChildProcess::start(const ChildProgram& program, std::error_code& error) {
  error.clear();
  FileActions actions;
  const auto copies = inherit(program, actions, error);
  if (error) return {};
  const Attributes attributes;
  std::string name = program.name;
  char* argv[] = {name.data(), nullptr};
  char* environment[] = {nullptr};
  pid_t id = -1;
  const int failed = ::posix_spawn(&id, program.path.c_str(), &actions.value, &attributes.value,
                                   argv, environment);
  error.assign(failed, std::generic_category());
  if (failed != 0) return {};
  UniqueFd exit(static_cast<int>(::syscall(SYS_pidfd_open, id, 0)));
  if (exit) return {id, std::move(exit)};
  error.assign(errno, std::generic_category());
  ::kill(id, SIGKILL);
  wait_for(id);
  return {};
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(other.id_),
      exit_(std::move(other.exit_)),
      running_(std::exchange(other.running_, false)),
      status_(other.status_) {}

int ChildProcess::terminate() noexcept {
  if (!std::exchange(running_, false)) return status_;
  // The process may have started others, where the sandbox does not prevent it.
  ::kill(-id_, SIGKILL);
  ::kill(id_, SIGKILL);
  status_ = wait_for(id_);
  return status_;
}

}  // namespace berth::platform
