// Which credential helper a config.json or auth.json names for a host.
// Source: docker/cli, cli/config/configfile/file.go (getConfiguredCredentialStore).
#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::registry {

// Plugins of the docker CLI keep settings of their own in config.json.
inline constexpr base::JsonLimits kAuthFileLimits{base::kLargestJsonFile, 512, 1'000'000};

struct NamedHelper {
  std::string name;   // what follows "docker-credential-"; empty: the file itself holds the credentials
  std::string field;  // "credHelpers" or "credsStore"
};

// `credHelpers` of the host in any spelling, else `credsStore`. An empty name in `credHelpers` excludes the host from
// `credsStore`. Class auth, code "auth.config": a field has another type; the cause names it.
base::Result<NamedHelper> helper_for(const base::Json& config, const std::string& host);

}  // namespace berth::registry
