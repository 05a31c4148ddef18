// ThreadLimit: bounds the number of threads of a plugin's process, for root as well. RLIMIT_NPROC does not bind user
// id 0 and counts every process of other users, so the host decides on each clone(): it is the listener of the worker's
// seccomp filter. Beyond the limit clone() fails with EAGAIN, as without memory for a thread.
// Owns a thread of the host that serves the listener until the object is destroyed or the process has ended.
// Several clone() calls at the same time are decided one after the other but carried out later, so the limit can be
// exceeded by as many threads as call at that moment: at most twice the limit.
// Source: seccomp_unotify(2).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <thread>

#include "base/unique_fd.hpp"

namespace berth::flavor {

inline constexpr std::size_t kMaxThreads = 64;

// Threads of a process; 0 if it has ended.
std::size_t count_threads(pid_t process);

class ThreadLimit {
 public:
  ThreadLimit(pid_t process, base::UniqueFd listener);
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;
  ~ThreadLimit();

 private:
  void serve() const noexcept;
  [[nodiscard]] bool decide_next() const noexcept;

  pid_t process_;
  base::UniqueFd listener_;
  base::UniqueFd stop_;  // readable once this is being destroyed
  std::thread server_;
};

}  // namespace berth::flavor
