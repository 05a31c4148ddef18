// ProvidedCredential: what a flavor returned to a request for credentials (extension
// credentials/1).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "channel/extension_calls.hpp"
#include "channel/protocol.hpp"
#include "registry/credential.hpp"

namespace berth::flavor {

struct ProvidedCredential {
  std::optional<registry::Credential> credential;
  std::string reason;  // the flavor's reason if `credential` is std::nullopt; may be empty
};

// Validates the response to a request for credentials. The worker is not trusted: lengths and
// characters are checked against abi.h, "credentials/1". A kind that this version does not support
// counts as no credential. `path` is the plugin file, for errors.
// Errors: class plugin, code "plugin.bad-credential".
base::Result<ProvidedCredential> validate_credential(channel::GetCredential::Response response,
                                                     const std::string& flavor,
                                                     const std::string& path);

// Returns the error for a flavor that reports that the source of its credentials is broken: class
// auth, code "auth.flavor".
base::Error broken_source(const std::string& flavor, const channel::PluginError& error);

// Returns when to refresh a credential that expires at `expires` (seconds since the Unix epoch):
// half a minute before, or after half of the remaining time if that is later. Returns std::nullopt
// if the expiry is not known (0), is more than a year away, or has passed already. In the last case
// a clock is probably wrong; such a credential is used until the registry rejects it.
std::optional<std::chrono::steady_clock::time_point> renewal_time(
    std::int64_t expires, std::chrono::system_clock::time_point now,
    std::chrono::steady_clock::time_point steady_now);

}  // namespace berth::flavor
