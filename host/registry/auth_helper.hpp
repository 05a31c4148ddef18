// Determines which credential helper a config.json or auth.json names for a host.
// Source: docker/cli, cli/config/configfile/file.go (getConfiguredCredentialStore).
#pragma once

#include <string>

#include "base/json_parser.hpp"
#include "base/result.hpp"

namespace berth::registry {

// Plugins of the docker CLI store their settings in config.json too.
inline constexpr base::JsonLimits kAuthFileLimits{base::kMaxJsonFile, 512, 1'000'000};

struct NamedHelper {
  std::string
      name;  // the part after "docker-credential-"; empty: the file itself holds the credentials
  std::string field;  // "credHelpers" or "credsStore"
};

// Returns the entry of `credHelpers` for the host in any spelling, else `credsStore`. An empty name
// in `credHelpers` excludes the host from `credsStore`. Fails with class auth, code "auth.config",
// if a field has another type; the cause names it.
base::Result<NamedHelper> helper_for(const base::Json& config, const std::string& host);

}  // namespace berth::registry
