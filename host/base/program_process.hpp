// ProgramProcess: a running program with pipes to its standard streams, and with its own supervisor.
// The supervisor is a fork of this process that only waits. It is a subreaper (prctl(2)): everything that the program
// starts remains its descendant, also after setsid(2) or a double fork, and can be killed with it. If the thread that
// started the program ends, the kernel kills both.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "platform/unique_fd.hpp"

namespace berth::base {

class ProgramProcess {
 public:
  // Starts argv[0] (searched for in PATH if it has no slash) with this process's environment, default signal actions
  // and its own process group. Errors: class not-found, code "program.missing"; class disk, "program.start".
  static Result<ProgramProcess> start(const std::vector<std::string>& argv);
  ProgramProcess(ProgramProcess&& other) noexcept;
  ProgramProcess& operator=(ProgramProcess&&) = delete;
  ProgramProcess(const ProgramProcess&) = delete;
  ProgramProcess& operator=(const ProgramProcess&) = delete;
  // Kills the program and its descendants, unless release() was called.
  ~ProgramProcess();

  // Becomes readable once the program has ended.
  [[nodiscard]] int ended_fd() const { return report_.get(); }
  // Returns its exit status, or 128 + the signal that terminated it. Call it once ended_fd() is readable.
  int exit_status();
  // Leaves descendants of the program running, such as an agent. Call it after exit_status().
  void release();

  platform::UniqueFd in, out, err;  // our ends of its standard streams

 private:
  ProgramProcess(pid_t supervisor, platform::UniqueFd report) : supervisor_(supervisor), report_(std::move(report)) {}

  pid_t supervisor_;           // -1: released, or moved from
  platform::UniqueFd report_;  // receives the supervisor's reports
};

// Returns the path of the program that start() would run: `name` itself if it has a slash, else the first executable
// file of that name in PATH. std::nullopt if it is not found.
std::optional<std::string> find_program(const std::string& name);

}  // namespace berth::base
