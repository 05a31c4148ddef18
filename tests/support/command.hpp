// Runs a program with arguments, environment and standard input; returns its output and exit
// status.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace berth::test {

struct CommandOptions {
  std::vector<std::pair<std::string, std::string>>
      environment;  // added to, or replacing, those of this process
  std::string input;
  std::string directory;           // working directory; empty: that of this process
  std::chrono::seconds limit{60};  // after this the program is killed, and `timed_out` is set
};

struct CommandResult {
  int status = -1;  // exit status, or 128 + signal
  bool timed_out = false;
  std::string out;
  std::string err;
  long peak_kib = 0;  // largest resident set of the program
};

// argv[0] is looked up in PATH.
CommandResult run_command(const std::vector<std::string>& argv, const CommandOptions& options = {});

// A program that runs in the background; killed and reaped in the destructor, and when the test
// dies. Its output goes to `log_file`.
class BackgroundCommand {
 public:
  BackgroundCommand(const std::vector<std::string>& argv, const std::string& log_file,
                    const std::vector<std::pair<std::string, std::string>>& environment = {});
  BackgroundCommand(const BackgroundCommand&) = delete;
  BackgroundCommand& operator=(const BackgroundCommand&) = delete;
  ~BackgroundCommand();

  [[nodiscard]] int pid() const { return pid_; }
  // False once it has exited.
  bool running();
  // SIGTERM, then SIGKILL after `grace`; returns once it is reaped.
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds(5000));

 private:
  int pid_ = -1;
};

}  // namespace berth::test
