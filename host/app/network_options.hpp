// NetworkOptions: how registries are reached.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/client_options.hpp"

namespace berth::app {

// How registries are reached, for one use case. Takes precedence over registered settings.
struct NetworkOptions {
  bool plain_http = false;
  bool insecure = false;
  std::optional<std::string> ca_file = {};  // checked with check_ca_file()
  std::optional<std::string> username = {};
  std::optional<base::Secret> password = {};
  std::string password_from = {};  // "standard input"
  http::Limits limits = {};
};

// Class usage, code "usage.ca-file", if `path` is not a PEM file of certificates. `where` names the
// option or setting.
base::Result<void> check_ca_file(const std::string& where, const std::string& path);

}  // namespace berth::app
