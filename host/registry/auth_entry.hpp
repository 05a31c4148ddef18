// Reads one entry of `auths`: `auth` (base64 of USER:PASSWORD), or `username` and `password`;
// `identitytoken`; `registrytoken`. Field names are compared without case, as Go does. Source:
// docker/cli, cli/config/configfile/file.go; containers-auth.json(5).
#pragma once

#include <optional>
#include <string>

#include "base/json_value.hpp"
#include "registry/credential_chain.hpp"

namespace berth::registry {

struct AuthEntry {
  std::optional<Credential> credential;
  std::string problem;  // what is wrong with the entry; empty if valid. If not empty, `credential`
                        // is std::nullopt
  std::string note;     // why a valid entry has no credential; may be empty
};

// Decodes `entry`. `source` is the file or variable and `key` the entry's key; Credential::source
// names both. Line breaks at the end of a decoded password are dropped (`echo u:p | base64` adds
// one). An entry without a secret has no credential: docker writes {} if a helper stores it.
AuthEntry read_auth_entry(const base::Json& entry, const std::string& source,
                          const std::string& key);

}  // namespace berth::registry
