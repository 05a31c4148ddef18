// Applies registries.conf of the containers tools (containers-registries.conf(5)) to the registries
// that a use case connects to.
#pragma once

#include <string>

#include "app/app.hpp"
#include "app/events.hpp"
#include "registry/registries_conf_reader.hpp"
#include "registry/registry_client.hpp"

namespace berth::app {

// Returns the files to read: BERTH_REGISTRIES_CONF, else CONTAINERS_REGISTRIES_CONF, else the
// user's or the system's with its drop-in files.
registry::RegistriesConfPaths registries_conf_paths(const App& app);
base::Result<registry::RegistriesConf> registries_conf(const App& app);

// Class denied if registries.conf blocks `name`: "host[/repository[:tag]]".
base::Result<void> check_not_blocked(const App& app, const std::string& name);

// Checks the same, and makes `registry` insecure, with a warning, if registries.conf permits that.
// `tls_given`: as in allow_insecure(). Mirrors and other locations do not apply to destinations.
base::Result<void> apply_registries_conf(const App& app, const std::string& name, bool tls_given,
                                         registry::RegistryOptions& registry, Events& events);

// Applies `insecure = true` of the entry at `place` ("FILE:LINE"): certificates are not verified,
// and HTTP without TLS is used if the server supports only that, which a request without
// credentials determines; nothing falls back later. Does nothing if TLS is off or a CA file is set
// already. `tls_given`: a setting selects TLS; then it stays on.
void allow_insecure(const App& app, const std::string& place, bool tls_given,
                    registry::RegistryOptions& registry, Events& events);

}  // namespace berth::app
