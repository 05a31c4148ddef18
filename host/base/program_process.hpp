// ProgramProcess: a program that runs, with pipes to its standard streams, under a supervisor of its own.
//
// The supervisor is a fork of this process that does nothing but wait. It is a subreaper (prctl(2)): whatever the
// program starts stays among its descendants, also after setsid(2) or a double fork, and can be killed with it. If the
// thread that started the program ends, the kernel kills both.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::base {

class ProgramProcess {
 public:
  // Starts argv[0] (looked up in PATH without a slash) with this process's environment, default signal actions and a
  // process group of its own. Errors: class not-found, code "program.missing"; class disk, "program.start".
  static Result<ProgramProcess> start(const std::vector<std::string>& argv);
  ProgramProcess(ProgramProcess&& other) noexcept;
  ProgramProcess& operator=(ProgramProcess&&) = delete;
  ProgramProcess(const ProgramProcess&) = delete;
  ProgramProcess& operator=(const ProgramProcess&) = delete;
  // Kills the program and everything that it started, unless release() was called.
  ~ProgramProcess();

  // Readable once the program has ended.
  [[nodiscard]] int ended_fd() const { return report_.get(); }
  // Its exit status, or 128 + the signal that ended it. Call it once ended_fd() is readable.
  int exit_status();
  // Leaves what the program started and did not wait for, such as an agent, running. Call it after exit_status().
  void release();

  UniqueFd in, out, err;  // our ends of its standard streams

 private:
  ProgramProcess(pid_t supervisor, UniqueFd report) : supervisor_(supervisor), report_(std::move(report)) {}

  pid_t supervisor_;  // -1: released, or moved from
  UniqueFd report_;   // of the supervisor's reports
};

// The path of the program that start() would run: `name` itself if it has a slash, else the first executable file of
// that name in PATH. std::nullopt if there is none.
std::optional<std::string> find_program(const std::string& name);

}  // namespace berth::base
