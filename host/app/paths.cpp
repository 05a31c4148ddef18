#include "app/paths.hpp"

#include <boost/filesystem.hpp>

namespace berth::app {
namespace {

std::string variable(const Environment& environment, std::string_view name) {
  return environment(name).value_or("");
}

// XDG Base Directory Specification: a path that is not absolute is ignored.
std::string xdg_directory(const Environment& environment, std::string_view name,
                          const std::string& home, const char* below_home) {
  std::string set = variable(environment, name);
  if (set.starts_with('/')) return set;
  return home.empty() ? "" : home + below_home;
}

}  // namespace

Paths find_paths(const PathsRequest& request) {
  const auto& environment = request.environment;
  const std::string home = variable(environment, "HOME");
  const std::string account = home.empty() && request.account_home ? request.account_home() : home;
  Paths paths;
  const auto own_config = xdg_directory(environment, "XDG_CONFIG_HOME", home, "/.config");
  paths.config_is_explicit = request.config_directory.has_value();
  paths.config = request.config_directory.value_or(own_config.empty() ? "" : own_config + "/berth");
  paths.data_home = xdg_directory(environment, "XDG_DATA_HOME", home, "/.local/share");
  const auto cache = xdg_directory(environment, "XDG_CACHE_HOME", home, "/.cache");
  paths.digest_cache = cache.empty() ? "" : cache + "/berth/digests";
  const auto state = xdg_directory(environment, "XDG_STATE_HOME", home, "/.local/state");
  paths.state = state.empty() ? "" : state + "/berth";
  paths.config_home = xdg_directory(environment, "XDG_CONFIG_HOME", account, "/.config");
  const std::string docker = variable(environment, "DOCKER_CONFIG");
  paths.docker_config = !docker.empty() ? docker : (account.empty() ? "" : account + "/.docker");
  paths.legacy_auths = account.empty() ? "" : account + "/.dockercfg";
  const auto prefix = boost::filesystem::path(request.program).parent_path().parent_path();
  paths.installed_flavors = (prefix / "lib/berth/flavors").string();
  paths.worker_program = (prefix / "libexec/berth/berth-flavor-worker").string();
  return paths;
}

}  // namespace berth::app
