// Reads from an ELF shared object what discovery needs. All reads are bounded; the file is neither
// mapped nor executed.
// Source: System V ABI, "Object Files"; elf(5).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::flavor {

struct ElfFile {
  std::vector<std::string> notes;   // descriptors of all berth notes, in file order
  std::vector<std::string> needed;  // libraries in DT_NEEDED, DT_FILTER and DT_AUXILIARY
};

// Reads the file open in `fd`; `path` is for errors. Errors: class trust, codes "flavor.not-elf"
// (not a valid shared object) and "flavor.wrong-machine" (another architecture); or that of a
// failed read.
base::Result<ElfFile> read_elf(int fd, const std::string& path);

}  // namespace berth::flavor
