// ThreadLimit: limits the number of threads of a plugin's process, also if it runs as root.
// Limits of the system would not apply to root, and count all processes of a user. Therefore the
// host decides on each new thread, with the descriptor Sandbox::threads (sandbox.hpp). Beyond the
// limit, creating one fails with EAGAIN, like without memory for it. Owns a thread of the host that
// decides, until this object is destroyed or the process has exited. Several threads that are
// created at the same moment are decided on one after the other but created later, so that the
// limit can be exceeded: at most to twice the limit.
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
