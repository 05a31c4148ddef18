#include "flavor/search_path.hpp"

#include <algorithm>
#include <string_view>

#include <boost/filesystem.hpp>

namespace berth::flavor {

namespace fs = boost::filesystem;

std::vector<SearchDirectory> search_directorys(const std::vector<std::string>& options,
                                               const std::string* flavor_path,
                                               const std::string& data_home,
                                               const std::string& installed) {
  std::vector<SearchDirectory> directorys;
  for (const auto& option : options)
    if (!option.empty()) directorys.push_back({option, "--flavor-path", false});
  std::string_view rest =
      flavor_path != nullptr ? std::string_view(*flavor_path) : std::string_view();
  while (!rest.empty()) {
    const auto colon = std::min(rest.find(':'), rest.size());
    if (colon > 0)
      directorys.push_back({std::string(rest.substr(0, colon)), "BERTH_FLAVOR_PATH", false});
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  // The XDG Base Directory Specification requires that relative paths are ignored.
  if (data_home.starts_with('/'))
    directorys.push_back({data_home + "/berth/flavors", "XDG_DATA_HOME", false});
  if (!installed.empty()) directorys.push_back({installed, "installed", true});
  for (auto& directory : directorys)
    directory.path = fs::absolute(directory.path).lexically_normal().string();
  return directorys;
}

}  // namespace berth::flavor
