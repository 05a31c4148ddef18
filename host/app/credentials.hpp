// The sources of credentials of a connection, and their order:
//   1. explicit: --username with a password; no other source is tried then
//   2. the settings credential-helper and credential-file of the container registry; the next ones
//   are not tried then
//   3. $REGISTRY_AUTH_FILE
//   4. the flavor, if it has the extension credentials/1
//   5. the auth.json files of the containers tools, $DOCKER_AUTH_CONFIG, docker's config.json,
//   ~/.dockercfg
#pragma once

#include <memory>
#include <optional>

#include "app/app.hpp"
#include "app/network_options.hpp"
#include "app/target.hpp"
#include "flavor/plugin.hpp"
#include "registry/credential_chain.hpp"

namespace berth::app {

// `flavor`: nullptr if it provides none. Class usage if a setting names no credential helper.
base::Result<std::unique_ptr<registry::CredentialChain>> find_credentials(
    const App& app, registry::CredentialRequest request, const base::Json& settings,
    const NetworkOptions& options, std::unique_ptr<registry::CredentialSource> flavor);

// Only those of `options`, which must have username and password.
std::unique_ptr<registry::CredentialChain> explicit_credentials(registry::CredentialRequest request,
                                                                const NetworkOptions& options);

// The flavor as a source; nullptr if it provides no credentials. `plugin` must outlive the result.
// `early`: the response to a request that was sent before.
std::unique_ptr<registry::CredentialSource> flavor_credentials(
    flavor::Plugin& plugin, const Target& target,
    std::optional<base::Result<flavor::ProvidedCredential>> early);

// Whether find_credentials() reaches the flavor: no earlier source is configured. A flavor that was
// asked in vain would take the credentials in use for its own.
bool asks_flavor_for_credential(const App& app, const Target& target,
                                const NetworkOptions& options);

}  // namespace berth::app
