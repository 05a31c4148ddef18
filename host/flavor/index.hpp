// FlavorIndex: every plugin file on the search path, which flavor each is, and which one is used for a name or a host.
// Discovery reads notes; it loads nothing and starts nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "flavor/metadata.hpp"

namespace berth::flavor {

enum class Origin { built_in, user, registered };  // "built-in", "user", "registered"

std::string_view origin_name(Origin origin);

// A registered plugin file: its bytes are pinned.
struct Pin {
  std::string path;    // absolute
  std::string sha256;  // hex
  std::vector<std::string> permissions;
  std::string flavor;
};

struct SearchFolder {
  std::string path;
  std::string because;  // "--flavor-path", "BERTH_FLAVOR_PATH", "XDG_DATA_HOME", "installed"
  bool installed = false;
};

// One file that was looked at.
struct Candidate {
  std::string path;
  std::string found_through;  // the folder's reason, or "registered"
  Origin origin = Origin::user;
  std::string sha256;                // hex; empty when it was rejected before
  std::optional<Metadata> metadata;  // none: rejected before it was known
  std::string registered_as;         // the flavor that its pin names; empty without a pin
  // Empty when this file is the one in use for its flavor; else a stable code ("shadowed", "flavor.changed",
  // "flavor.writable-by-others", …) and a sentence with the fix.
  std::string code;
  std::string reason;
  std::string fix;

  [[nodiscard]] bool in_use() const { return code.empty(); }
  // What it says it is; of a file that could not be read, what it was, or its name: "acme" for acme.so.
  [[nodiscard]] std::string flavor() const;
};

class FlavorIndex {
 public:
  // Folders in search order; pins come after BERTH_FLAVOR_PATH (DESIGN.md §5). Missing folders are no error.
  static FlavorIndex discover(const std::vector<SearchFolder>& folders, const std::vector<Pin>& pins);

  [[nodiscard]] const std::vector<Candidate>& candidates() const { return candidates_; }
  // The file in use for a flavor. Class not-found, code "flavor.unknown", with a near miss; class trust when every file
  // of that name was rejected, with the reason.
  [[nodiscard]] base::Result<const Candidate*> find(std::string_view flavor) const;
  // The flavor in use with the most specific claim on `host`. Claims of unregistered plugins count only if no
  // registered or installed flavor claims the host with more than "*". A tie is class usage, code "flavor.ambiguous".
  [[nodiscard]] base::Result<const Candidate*> claiming(std::string_view host) const;

 private:
  std::vector<Candidate> candidates_;
};

// The search path, absolute: options, then BERTH_FLAVOR_PATH (nullptr if not set), $XDG_DATA_HOME/berth/flavors,
// the installed folder. An empty entry is nothing: never the current directory.
std::vector<SearchFolder> search_folders(const std::vector<std::string>& options, const std::string* flavor_path,
                                         const std::string& data_home, const std::string& installed);

// Looks at one file as registration does: its metadata and sha256, without the rules for unregistered files.
base::Result<Candidate> inspect_plugin(const std::string& path);

}  // namespace berth::flavor
