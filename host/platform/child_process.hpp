// ChildProcess: a child process in a process group of its own. Owns it: the destructor terminates
// it.
#pragma once

#include <sys/types.h>

#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "platform/unique_fd.hpp"

namespace berth::platform {

// A program to start. The child has an empty environment, default signal actions, /dev/null as its
// standard input, and no descriptors except those listed.
struct ChildProgram {
  struct Inherited {
    int from;  // in this process
    int to;    // in the child; in ascending order
  };
  std::string path;
  std::string name;  // argv[0]
  std::vector<Inherited> descriptors;
};

class ChildProcess {
 public:
  static ChildProcess start(const ChildProgram& program, std::error_code& error);
  ChildProcess() = default;
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() { terminate(); }

  [[nodiscard]] pid_t id() const { return id_; }
  // Becomes readable once the process has exited.
  [[nodiscard]] int exit_fd() const { return exit_.get(); }
  // Kills the process and its process group, if they still run, and waits for the process. Returns
  // its status as waitpid(2) does, also when called again.
  int terminate() noexcept;

 private:
  ChildProcess(pid_t id, UniqueFd exit) : id_(id), exit_(std::move(exit)), running_(true) {}
  pid_t id_ = -1;
  UniqueFd exit_;
  bool running_ = false;
  int status_ = 0;
};

}  // namespace berth::platform
