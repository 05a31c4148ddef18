// What registries.conf of the containers tools says of the registries that a command reaches.
#pragma once

#include <string>

#include "app/app.hpp"
#include "app/events.hpp"
#include "registry/registries_conf.hpp"
#include "registry/session.hpp"

namespace berth::app {

// BERTH_REGISTRIES_CONF, else CONTAINERS_REGISTRIES_CONF, else the user's or the system's with its drop-in files.
registry::RegistriesConfPlaces registries_conf_places(const App& app);
base::Result<registry::RegistriesConf> registries_conf(const App& app);

// Refuses what is blocked. `name` is "host[/repository[:tag]]".
base::Result<void> check_not_blocked(const App& app, const std::string& name);

// The same for a registry that is about to be connected to; where it may be insecure, `session` becomes so, with a
// warning. Destinations are never mirrored or moved.
base::Result<void> apply_registries_conf(const App& app, const std::string& name, bool tls_given,
                                         registry::SessionOptions& session, Events& events);

// `insecure` of the table at `place`: certificates are not checked, and plain http is spoken where the server speaks
// nothing else. That is found out with a request that carries no credential; nothing falls back afterwards. What was
// said for this call or this container registry stands: a CA file, or (`tls_given`) whether TLS is spoken.
void allow_insecure(const App& app, const std::string& place, bool tls_given, registry::SessionOptions& session,
                    Events& events);

}  // namespace berth::app
