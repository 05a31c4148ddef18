// Locations of the files that berth reads and writes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace berth::app {

using Environment = std::function<std::optional<std::string>(std::string_view)>;

// Those of other tools are below the account's home directory if HOME is not set, as in docker and
// podman.
struct Paths {
  std::string config;               // …/berth; empty if HOME is not set
  bool config_is_explicit = false;  // chosen with --config-dir
  std::string config_home;          // $XDG_CONFIG_HOME; empty if unknown
  std::string data_home;            // $XDG_DATA_HOME; empty if unknown
  std::string digest_cache;         // $XDG_CACHE_HOME/berth/digests; empty if unknown
  std::string state;                // $XDG_STATE_HOME/berth; empty if unknown
  std::string docker_config;        // $DOCKER_CONFIG, else ~/.docker; empty if unknown
  std::string legacy_auths;         // ~/.dockercfg; empty if unknown
  std::string installed_flavors;    // next to the program
  std::string worker_program;
};

struct PathsRequest {
  const Environment& environment;
  // Returns the home directory of the account, for the case that HOME is not set; empty if unknown.
  // May be empty.
  std::function<std::string()> account_home = {};
  std::string program;                               // absolute path of berth
  std::optional<std::string> config_directory = {};  // --config-dir
};

Paths find_paths(const PathsRequest& request);

}  // namespace berth::app
