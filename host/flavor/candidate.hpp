// Candidate: a plugin file that discovery found, with what is known about it without loading it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flavor/metadata.hpp"
#include "flavor/plugin_file.hpp"

namespace berth::flavor {

enum class Origin { built_in, user, registered };  // "built-in", "user", "registered"

std::string_view origin_name(Origin origin);

// A registered plugin file. It is used only as long as its SHA-256 is the registered one.
struct Pin {
  std::string path;    // absolute
  std::string sha256;  // hex
  std::vector<std::string> permissions;
  std::string flavor;
  // Registered with --development: its bytes may change; its flavor and permissions may not.
  bool development = false;
};

// A plugin file that discovery found.
struct Candidate {
  std::string path = {};
  std::string found_through = {};  // the `because` of its directory, or "registered"
  Origin origin = Origin::user;
  platform::FileVersion version = {};  // when it was examined
  // Hex. Discovery hashes only registered files; add_sha256() adds it for others. Empty if the file
  // was rejected before.
  std::string sha256 = {};
  std::optional<Metadata> metadata = {};  // std::nullopt if rejected before it was read
  // The name of a file whose metadata cannot be used, such as one for another version of the ABI.
  std::optional<PluginIdentity> identity = {};
  std::string registered_as = {};  // the flavor that it is registered as; empty if it is not
  bool development = false;        // Pin::development
  // Why this file is not used for its flavor; all empty if it is used. A stable code
  // ("flavor.shadowed", "flavor.changed", "flavor.writable-by-others", …), the reason and the fix.
  std::string code = {};
  std::string reason = {};
  std::string fix = {};

  [[nodiscard]] bool in_use() const { return code.empty(); }
  // Returns the flavor named in the metadata. If they cannot be used: the name in them, else the
  // flavor that the file is registered as, else the file name without suffix ("acme" for acme.so).
  [[nodiscard]] std::string flavor() const;
};

}  // namespace berth::flavor
