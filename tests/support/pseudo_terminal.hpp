// TerminalCommand: a program whose standard output, standard error or both are a pseudo-terminal.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "platform/unique_fd.hpp"

namespace berth::test {

// Which of the streams are the terminal. Of standard output and standard error, the other one is a
// file; standard input is empty.
enum class Streams {
  all,  // also standard input
  both,
  only_out,
  only_err
};

class TerminalCommand {
 public:
  TerminalCommand(const std::vector<std::string>& argv, Streams streams,
                  const std::string& other_file,
                  const std::vector<std::pair<std::string, std::string>>& environment,
                  unsigned short columns = 80);
  TerminalCommand(const TerminalCommand&) = delete;
  TerminalCommand& operator=(const TerminalCommand&) = delete;
  ~TerminalCommand();  // kills the program

  // Returns once the program has written `text` to the terminal; false if it exited, or after a
  // minute.
  bool wait_for(const std::string& text);
  // Types the text on the terminal; "\n" is the return key.
  void type(const std::string& text);
  // Waits for the program; returns its exit status.
  int finish();
  // Everything that was written to the terminal so far.
  [[nodiscard]] const std::string& written() const { return written_; }
  // The lines that the terminal shows, without those that were cleared or overwritten.
  [[nodiscard]] std::vector<std::string> screen() const;

 private:
  // False at the end of the output, or after a minute.
  bool read_more();

  int pid_ = -1;
  platform::UniqueFd terminal_;
  std::string written_;
};

}  // namespace berth::test
