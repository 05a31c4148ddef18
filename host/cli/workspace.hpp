// Workspace: what is registered and which flavors there are, as one command sees it.
#pragma once

#include <functional>

#include "cli/context.hpp"
#include "cli/target.hpp"
#include "flavor/index.hpp"
#include "flavor/plugin.hpp"
#include "store/store.hpp"

namespace berth::cli {

struct Workspace {
  store::Contents contents;
  flavor::FlavorIndex index;
};

base::Result<Workspace> open_workspace(const Context& context);
flavor::FlavorIndex discover_flavors(const Context& context, const store::Contents& contents);
// Warns of each unusable entry.
base::Result<store::Contents> read_store(const Context& context);
// As Store::update. Warns of each entry that is unusable after the change.
base::Result<void> update_store(const Context& context,
                                const std::function<base::Result<void>(store::Contents&)>& change);
// The flavor of a container registry, at work in its process.
base::Result<flavor::Plugin> start_plugin(Context& context, const flavor::Candidate& candidate,
                                          const oci::RegistryUri& uri, const base::Json& settings);

}  // namespace berth::cli
