// Reads notes and dependencies from a shared object. All reads are bounded; the file is neither
// mapped nor executed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace berth::platform {

// A note is a piece of data that a program embeds in its object file, with an owner and a type.
struct NoteKind {
  std::string owner;
  std::uint32_t type = 0;
  std::string symbol{};  // also look for this exported symbol; empty: do not
};

struct ObjectFile {
  std::vector<std::string> notes;   // the data of all notes of the requested kind, in file order
  std::vector<std::string> needed;  // names of the libraries that it requires
  // Whether it exports NoteKind::symbol; std::nullopt if it has no symbol table.
  std::optional<bool> exports{};
};

struct ObjectFileError {
  enum class Kind {
    none,
    unreadable,    // `error` is set
    malformed,     // not a valid shared object
    other_machine  // of another architecture or operating system
  };
  Kind kind = Kind::none;
  std::string cause;
  std::error_code error;
};

// Reads the file open in `fd`.
ObjectFile read_object_file(int fd, const NoteKind& kind, ObjectFileError& error);

// Returns whether every machine has the library of this name, and a sandboxed plugin may require
// it: the C and C++ runtimes.
bool is_system_library(std::string_view name);

}  // namespace berth::platform
