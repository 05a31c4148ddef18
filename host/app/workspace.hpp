// Workspace: the registered container registries and pins, and the index of flavors, as one use
// case reads them.
#pragma once

#include <functional>

#include "app/app.hpp"
#include "app/events.hpp"
#include "flavor/index.hpp"
#include "store/store.hpp"

namespace berth::app {

struct Workspace {
  store::Contents contents;
  flavor::FlavorIndex index;
};

// Reads the store and searches the flavors. Warns of each entry of the store that cannot be used.
base::Result<Workspace> open_workspace(const App& app, Events& events);
// Searches the flavors without reading the store.
flavor::FlavorIndex discover_flavors(const App& app, const store::Contents& contents);
// Warns of each entry that cannot be used, and of a file that other users can change. Without a
// readable configuration directory the result is empty, and its `unavailable` holds the reason.
base::Result<store::Contents> read_store(const App& app, Events& events);
// As Store::update(). Warns of each entry that cannot be used after the change. Class usage, code
// "usage.no-home", if the configuration directory is unknown.
base::Result<void> update_store(const App& app, Events& events,
                                const std::function<base::Result<void>(store::Contents&)>& change);

}  // namespace berth::app
