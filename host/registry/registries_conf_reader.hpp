// Reads registries.conf and the files next to it.
// Source: containers-registries.conf.d(5).
#pragma once

#include <string>

#include "registry/registries_conf.hpp"

namespace berth::registry {

struct RegistriesConfPaths {
  std::string named = {};           // the only file to read; empty: search the directories
  std::string user_directory = {};  // "~/.config/containers"; empty: none
  std::string system_directory = "/etc/containers";  // used if the user has no registries.conf
  std::string aliases = {};  // short-name-aliases.conf, which the tools write; empty: none
};

// Reads registries.conf of the user, else of the system, then the files registries.conf.d/*.conf
// next to it in the order of their names (the system's, then the user's). Missing files are
// skipped; if `named` is missing, the error is class not-found. Limits: 1 MiB per file, 1000 files.
base::Result<RegistriesConf> read_registries_conf(const RegistriesConfPaths& paths);

}  // namespace berth::registry
