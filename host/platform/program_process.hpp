// ProgramProcess: a running program with pipes to its standard streams, and with its own
// supervisor. The supervisor is a process that only waits. Everything that the program starts
// remains its descendant, also after setsid(2) or a double fork, and can be killed with it. If the
// thread that started the program ends, the system kills both.
#pragma once

#include <sys/types.h>

#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "platform/unique_fd.hpp"

namespace berth::platform {

class ProgramProcess {
 public:
  // Starts argv[0] (searched for in PATH if it has no slash) with this process's environment,
  // default signal actions and its own process group. On failure, the object must not be used.
  static ProgramProcess start(const std::vector<std::string>& argv, std::error_code& error);
  ProgramProcess(ProgramProcess&& other) noexcept;
  ProgramProcess& operator=(ProgramProcess&&) = delete;
  ProgramProcess(const ProgramProcess&) = delete;
  ProgramProcess& operator=(const ProgramProcess&) = delete;
  // Kills the program and its descendants, unless release() was called.
  ~ProgramProcess();

  // Becomes readable once the program has ended.
  [[nodiscard]] int ended_fd() const { return report_.get(); }
  // Returns its exit status, or 128 + the signal that terminated it. Call it once ended_fd() is
  // readable.
  int exit_status();
  // Leaves descendants of the program running, such as an agent. Call it after exit_status().
  void release();

  UniqueFd in, out, err;  // our ends of its standard streams

 private:
  ProgramProcess() = default;
  ProgramProcess(pid_t supervisor, UniqueFd report)
      : supervisor_(supervisor), report_(std::move(report)) {}

  pid_t supervisor_;  // -1: released, or moved from
  UniqueFd report_;   // receives the supervisor's reports
};

}  // namespace berth::platform
