// ThreadLimit: limits the number of threads of a plugin's process, also if it runs as root.
// RLIMIT_NPROC does not apply to user id 0 and counts all processes of a user. Therefore the host
// decides on each clone(), as the listener of the worker's seccomp filter. Beyond the limit,
// clone() fails with EAGAIN, like without memory for a thread.
// Owns a host thread that serves the listener until this object is destroyed or the process has
// exited. Several clone() calls at the same time are decided one after the other but executed
// later, so the limit can be exceeded by the number of threads that call at that moment: at most
// twice the limit.
// Source: seccomp_unotify(2).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <thread>

#include "platform/event.hpp"
#include "platform/unique_fd.hpp"

namespace berth::platform {

inline constexpr std::size_t kMaxThreads = 64;

// Returns the number of threads of a process; 0 if it has exited.
std::size_t count_threads(pid_t process);

class ThreadLimit {
 public:
  ThreadLimit(pid_t process, UniqueFd listener);
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;
  ~ThreadLimit();

 private:
  void serve() const noexcept;
  [[nodiscard]] bool decide_next() const noexcept;

  pid_t process_;
  UniqueFd listener_;
  Event stop_;  // set by the destructor
  std::thread server_;
};

}  // namespace berth::platform
