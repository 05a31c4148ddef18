// App: what a process has: environment, paths, cancellation, log. Every use case receives it.
// Built once, before the first use case. Knows no terminal, no JSON document and no exit status.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.hpp"
#include "base/log.hpp"

namespace berth::app {

using Environment = std::function<std::optional<std::string>(std::string_view)>;

// Locations of files. Those of other tools are below the account's home directory if HOME is not set, as in docker and
// podman.
struct Paths {
  std::string config;               // …/berth; empty if HOME is not set
  bool config_is_explicit = false;  // chosen with --config-dir
  std::string config_home;          // $XDG_CONFIG_HOME; empty if unknown
  std::string data_home;            // $XDG_DATA_HOME; empty if unknown
  std::string docker_config;        // $DOCKER_CONFIG, else ~/.docker; empty if unknown
  std::string legacy_auths;         // ~/.dockercfg; empty if unknown
  std::string installed_flavors;    // next to the program
  std::string worker_program;
};

// Safe from any thread: nothing in it changes while a use case runs. References must outlive this object.
struct App {
  Environment environment;
  base::Cancellation& cancellation;
  base::Log& log;
  Paths paths = {};
  std::vector<std::string> flavor_path = {};  // directories that are searched for flavors first
  bool allow_unsandboxed = false;             // runs unregistered plugins even where they cannot be contained

  // The value of an environment variable; empty if it is not set.
  [[nodiscard]] std::string variable(std::string_view name) const { return environment(name).value_or(""); }
};

}  // namespace berth::app
