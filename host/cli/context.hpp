// Context: all that a command may touch, so that it runs without a process around it.
#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "cli/terminal.hpp"

namespace berth::cli {

using Environment = std::function<std::optional<std::string>(std::string_view)>;

// Where berth keeps and finds things.
struct Paths {
  std::string config;               // …/berth; empty: HOME is not set
  bool config_is_explicit = false;  // --config-dir
  // Of other tools: without HOME, below the account's home directory, as in docker and podman.
  std::string config_home;        // $XDG_CONFIG_HOME; empty: none
  std::string data_home;          // $XDG_DATA_HOME; empty: none
  std::string docker_config;      // $DOCKER_CONFIG, else ~/.docker; empty: none
  std::string legacy_auths;       // ~/.dockercfg; empty: none
  std::string installed_flavors;  // beside the program
  std::string worker_program;
};

// References outlive the context.
struct Context {
  std::istream& in;
  std::ostream& out;
  Terminal& terminal;  // standard error
  Environment environment;
  base::Cancellation& cancellation;
  base::Log& log;
  Paths paths;
  bool json = false;
  bool quiet = false;
  bool asks = false;                        // there is a person at a terminal
  std::vector<std::string> flavor_path;     // --flavor-path
  std::string subject;                      // "r.example/acme/app:1.2 was not pushed": begins an error's line
  base::Json known = base::Json::object();  // what is known of the result so far: part of a failure's JSON
  bool allow_unsandboxed = false;           // --allow-unsandboxed

  // What a person may like to know, unless told to be quiet.
  void remark(std::string_view text) const {
    if (!quiet) terminal.remark(text);
  }
};

}  // namespace berth::cli
