// The descriptor is the listener of the filter of system calls, which reports each clone(). Source:
// seccomp_unotify(2).
#include "platform/thread_limit.hpp"

#include <dirent.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

namespace berth::platform {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// Newer kernels may write more bytes than the structure in these headers has.
union Notification {
  seccomp_notif value;
  char space[512];
};

}  // namespace

std::size_t count_threads(pid_t process) {
  const std::unique_ptr<DIR, CloseDirectory> tasks(
      ::opendir(("/proc/" + std::to_string(process) + "/task").c_str()));
  std::size_t count = 0;
  if (tasks)
    while (const auto* entry = ::readdir(tasks.get()))
      if (entry->d_name[0] != '.') ++count;
  return count;
}

ThreadLimit::ThreadLimit(pid_t process, UniqueFd listener)
    : process_(process), listener_(std::move(listener)), server_([this] { serve(); }) {}

ThreadLimit::~ThreadLimit() {
  stop_.set();
  server_.join();
}

void ThreadLimit::serve() const noexcept {
  while (true) {
    pollfd waits[2] = {{listener_.get(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0 && errno != EINTR) return;
    if (waits[1].revents != 0 || (waits[0].revents & (POLLHUP | POLLERR)) != 0) return;
    if ((waits[0].revents & POLLIN) != 0 && !decide_next()) return;
  }
}

// Decides on the next clone(). Returns false if the listener can no longer be served.
bool ThreadLimit::decide_next() const noexcept {
  Notification request;
  std::memset(&request, 0, sizeof request);
  if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &request) != 0)
    return errno == EINTR || errno == ENOENT;
  Notification response;
  std::memset(&response, 0, sizeof response);
  auto* answer = reinterpret_cast<seccomp_notif_resp*>(response.space);
  answer->id = request.value.id;
  if (count_threads(process_) >= kMaxThreads)
    answer->error = -EAGAIN;
  else
    answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  return ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, answer) == 0 || errno == ENOENT ||
         errno == EINTR;
}

}  // namespace berth::platform
