// Workspace: what is registered and which flavors there are, as one command sees it.
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

base::Result<Workspace> open_workspace(const App& app, Events& events);
flavor::FlavorIndex discover_flavors(const App& app, const store::Contents& contents);
// Warns of each unusable entry, and of a file that other users can change.
base::Result<store::Contents> read_store(const App& app, Events& events);
// As Store::update. Warns of each entry that is unusable after the change.
base::Result<void> update_store(const App& app, Events& events,
                                const std::function<base::Result<void>(store::Contents&)>& change);

}  // namespace berth::app
