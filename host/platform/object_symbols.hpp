// Reads from a shared object what decides whether it runs elsewhere: its symbols, their versions,
// its search path. All reads are bounded; the file is neither mapped nor executed.
#pragma once

#include <string>
#include <vector>

#include "platform/object_file.hpp"

namespace berth::platform {

struct ObjectSymbols {
  std::vector<std::string> exported;  // sorted; at most 100,000
  // Versions of symbols of other libraries that it requires: "GLIBC_2.34".
  std::vector<std::string> versions;
  std::string search_path;  // directories that the loader searches for libraries; empty: none
  bool executable_stack = false;
  bool text_relocations = false;  // the loader writes to its code
};

// Reads the file open in `fd`. An incomplete table is "malformed".
ObjectSymbols read_object_symbols(int fd, ObjectFileError& error);

}  // namespace berth::platform
