// without WHAT PROGRAM ARGUMENT…: runs the program on a machine without a part of the sandbox; see
// refuse_calls.hpp.
#include <cstdio>

#include "hostile/refuse_calls.hpp"

int main(int argc, char** argv) {
  if (argc < 3 || !berth::test::refuse_calls(argv[1])) {
    std::fputs("usage: without WHAT PROGRAM ARGUMENT...\n", stderr);
    return 125;
  }
  ::execvp(argv[2], argv + 2);
  std::perror(argv[2]);
  return 126;
}
