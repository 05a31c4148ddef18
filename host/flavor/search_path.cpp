#include "flavor/search_path.hpp"

#include <algorithm>
#include <string_view>

#include <boost/filesystem.hpp>

namespace berth::flavor {

namespace fs = boost::filesystem;

std::vector<SearchFolder> search_folders(const std::vector<std::string>& options, const std::string* flavor_path,
                                         const std::string& data_home, const std::string& installed) {
  std::vector<SearchFolder> folders;
  for (const auto& option : options)
    if (!option.empty()) folders.push_back({option, "--flavor-path", false});
  std::string_view rest = flavor_path != nullptr ? std::string_view(*flavor_path) : std::string_view();
  while (!rest.empty()) {
    const auto colon = std::min(rest.find(':'), rest.size());
    if (colon > 0) folders.push_back({std::string(rest.substr(0, colon)), "BERTH_FLAVOR_PATH", false});
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  // The XDG Base Directory Specification requires that relative paths are ignored.
  if (data_home.starts_with('/')) folders.push_back({data_home + "/berth/flavors", "XDG_DATA_HOME", false});
  if (!installed.empty()) folders.push_back({installed, "installed", true});
  for (auto& folder : folders) folder.path = fs::absolute(folder.path).lexically_normal().string();
  return folders;
}

}  // namespace berth::flavor
