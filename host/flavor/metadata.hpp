// Metadata: what a plugin says of itself in its ELF note, read without loading it.
// Value. The note's bytes are bounds-checked and its values validated: names, versions, schema, claims, permissions.
// Format: sdk/include/berth/abi.h, "The note".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace berth::flavor {

// One kind of finding that a flavor may report.
struct FindingKind {
  std::string code;      // "FLAVOR.what"
  std::string severity;  // "error", "warning", "info"
  std::string meaning;
};

struct Metadata {
  std::string flavor;  // [a-z0-9][a-z0-9-]*, at most 63 bytes
  std::string version;
  std::string description;
  std::uint32_t abi_major = 0;
  std::uint32_t min_host_minor = 0;
  base::Json settings_schema;            // an object; the flat subset of DESIGN.md §4
  std::vector<std::string> claims;       // host patterns
  std::vector<std::string> permissions;  // "http:*.example.com", "env:NAME", "file:PATTERN", "exec:PROGRAM"
  std::vector<FindingKind> findings;
  std::string login_user;  // what a login takes as a user name, and as a password; empty: nothing is said
  std::string login_secret;
  std::string note;  // the note's descriptor bytes, compared with the loaded descriptor
};

// Of the ELF file in `fd`, by bounded reads; runs and maps nothing. Class trust, codes "flavor.not-elf",
// "flavor.wrong-machine", "flavor.no-note", "flavor.bad-note", "flavor.incompatible" (with both versions and what to
// do), "flavor.needs-library" (only the C and C++ runtime is allowed).
base::Result<Metadata> read_metadata(int fd, const std::string& path);

// Of the note's descriptor bytes alone.
base::Result<Metadata> parse_metadata(std::string note, const std::string& path);

}  // namespace berth::flavor
