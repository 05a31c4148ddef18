// The directories in which plugins are searched.
#pragma once

#include <string>
#include <vector>

namespace berth::flavor {

struct SearchDirectory {
  std::string path;
  std::string
      because;  // source: "--flavor-path", "BERTH_FLAVOR_PATH", "XDG_DATA_HOME", "installed"
  bool installed = false;
};

// Returns the search path as absolute paths: `options` (--flavor-path), BERTH_FLAVOR_PATH (nullptr
// if not set), $XDG_DATA_HOME/berth/flavors, the directory of installed flavors. Empty entries are
// ignored; they do not mean the current directory.
std::vector<SearchDirectory> search_directorys(const std::vector<std::string>& options,
                                               const std::string* flavor_path,
                                               const std::string& data_home,
                                               const std::string& installed);

}  // namespace berth::flavor
