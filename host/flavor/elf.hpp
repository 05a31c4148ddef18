// The few facts of an ELF shared object that discovery needs, by bounded reads: nothing is mapped or run.
// Source: System V ABI, "Object Files"; elf(5).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::flavor {

struct ElfFile {
  std::vector<std::string> notes;   // descriptors of the notes of our owner and type, in file order
  std::vector<std::string> needed;  // DT_NEEDED
};

// Class trust, codes "flavor.not-elf" and "flavor.wrong-machine".
base::Result<ElfFile> read_elf(int fd, const std::string& path);

}  // namespace berth::flavor
