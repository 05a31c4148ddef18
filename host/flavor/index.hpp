// FlavorIndex: all plugin files on the search path, with the flavor of each, and the file that is
// used for a flavor name or a registry host. Discovery reads only ELF notes, and hashes only
// registered files; it loads no plugin and starts no process.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "flavor/candidate.hpp"
#include "flavor/search_path.hpp"

namespace berth::flavor {

// Returns why a plugin that could be used is set aside; std::nullopt if it is not.
using SetAside = std::function<std::optional<base::Error>(const Candidate&)>;

class FlavorIndex {
 public:
  // Reads all plugin files in `directorys`, in search order. Registered files (`pins`) come after
  // BERTH_FLAVOR_PATH. Directories that do not exist are skipped.
  static FlavorIndex discover(const std::vector<SearchDirectory>& directorys,
                              const std::vector<Pin>& pins, const SetAside& set_aside = {});

  [[nodiscard]] const std::vector<Candidate>& candidates() const { return candidates_; }
  // Fails if the directory of installed flavors was searched but has no plugin, as when berth was
  // copied without its other files: class not-found, code "flavor.not-installed", with the
  // directories that were searched.
  [[nodiscard]] base::Result<void> check_installed() const;
  // Returns the file that is used for `flavor`. Errors: class not-found, code "flavor.unknown",
  // with a similar name as fix; class trust, with the code and the reason of the first file, if all
  // files of that flavor were rejected.
  [[nodiscard]] base::Result<const Candidate*> find(std::string_view flavor) const;
  // Returns the used file with the most specific claim on `host`. Claims of unregistered plugins
  // count only if no registered or installed flavor claims the host with more than "*". Errors:
  // class not-found, code "flavor.unclaimed"; class usage, code "flavor.ambiguous": two flavors
  // claim it equally.
  [[nodiscard]] base::Result<const Candidate*> claiming(std::string_view host) const;

 private:
  std::vector<Candidate> candidates_;
  std::vector<SearchDirectory> searched_;
};

// Reads the metadata and the SHA-256 of one file, for its registration. The rules for unregistered
// files (owner, write permissions) are not applied. Errors: class not-found, code "flavor.no-file";
// else those of open_plugin_file() and read_metadata().
base::Result<Candidate> inspect_plugin(const std::string& path);

// Stores the SHA-256 of the examined file, unless it is known. Errors: class trust, code
// "flavor.changed": the file has another version than when it was examined; those of
// open_plugin_file() and of failed reads.
base::Result<void> add_sha256(Candidate& candidate);

}  // namespace berth::flavor
