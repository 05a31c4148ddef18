// MachineDiagnosis: the outcome of each check of the local setup, as values; see diagnosis.hpp.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/diagnosis.hpp"

namespace berth::app {

struct ConfigurationFacts {
  std::string file;         // registries.json
  std::string unavailable;  // why it cannot exist; empty if it was looked up
  std::size_t container_registries = 0;
  std::string login_file;  // docker's config.json; empty: no home directory
  bool login_file_exists = false;
};

struct FlavorFacts {
  std::string flavor;
  std::string version;
};

struct FlavorsFacts {
  std::vector<FlavorFacts> in_use;
  std::size_t others = 0;  // shadowed or rejected
};

struct DaemonFacts {
  std::string name;  // "unix:///var/run/docker.sock"
  int status = 0;    // of the response to /_ping
};

// Of `berth doctor` without DESTINATION. A step that fails does not end it.
struct MachineDiagnosis {
  Step<ConfigurationFacts> configuration;
  Step<RegistriesConfFacts> registries_conf;
  Step<FlavorsFacts> flavors;
  Step<flavor::PluginSandbox> worker;
  Step<DaemonFacts> docker;
};

}  // namespace berth::app
