// Metadata: the description of a plugin in its ELF note, read without loading the plugin.
// A value type. The note's bytes are bounds-checked and its values validated: names, versions,
// schema, claims, permissions.
// Format: sdk/include/berth/abi.h, "The note".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_value.hpp"
#include "base/result.hpp"

namespace berth::flavor {

// A kind of finding that the flavor may report.
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
  base::Json settings_schema;       // an object; the flat subset of sdk/README.md, "Settings"
  std::vector<std::string> claims;  // host patterns
  // "http:*.example.com", "env:NAME"; also of forms that this version does not support
  std::vector<std::string> permissions;
  std::vector<FindingKind> findings;
  std::string
      login_user;  // hints for `berth login`: what to enter as user name and password; may be empty
  std::string login_secret;
  std::string built_with;   // the ABI version of its header, "0.1"; empty if it does not say
  std::string sdk_version;  // empty without the SDK
  std::optional<std::vector<std::string>> extensions;  // std::nullopt if it does not list them
  std::vector<std::string> remarks;  // what was skipped because this version does not support it
  std::string note;  // the note's descriptor bytes, compared with the loaded descriptor
};

// The name of a plugin, which has the same form in every major version of the ABI.
struct PluginIdentity {
  std::string flavor;
  std::string version;
};

// Reads the metadata of the ELF file open in `fd`, with bounded reads; the file is neither mapped
// nor executed. `path` is for errors.
// Errors: class trust, codes "flavor.not-elf", "flavor.wrong-machine", "flavor.no-note",
// "flavor.bad-note", "flavor.bad-schema", "flavor.incompatible" (made for another version: it names
// both ABI versions, or what this one does not support),
// "flavor.needs-library" (it requires a library other than the C and C++ runtime),
// class plugin, code "plugin.no-symbol" (it does not export its descriptor).
base::Result<Metadata> read_metadata(int fd, const std::string& path);

// Parses the descriptor bytes of a note. Errors: class trust, codes "flavor.bad-note",
// "flavor.bad-schema", "flavor.incompatible".
base::Result<Metadata> parse_metadata(std::string note, const std::string& path);

// Reads the name of a plugin whose metadata cannot be used. std::nullopt if it has none.
std::optional<PluginIdentity> read_identity(int fd, const std::string& path);

}  // namespace berth::flavor
