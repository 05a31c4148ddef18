// Starts flavors, and describes the image of a push to them.
#pragma once

#include "app/app.hpp"
#include "app/target.hpp"
#include "flavor/plugin.hpp"
#include "push/plan.hpp"

namespace berth::app {

// The options of every plugin that this process starts.
flavor::PluginOptions plugin_options(const App& app);

// Starts the flavor of a container registry in its own process.
base::Result<flavor::Plugin> start_plugin(const App& app, const flavor::Candidate& candidate,
                                          const oci::RegistryUri& uri, const base::Json& settings);
base::Result<flavor::Plugin> start_plugin(const App& app, const Target& target);
// Starts only the process, which ends with this thread: Plugin::create() completes it.
base::Result<flavor::Plugin> spawn_plugin(const App& app, const Target& target);

// `plan`: nullptr without a source. References must outlive the result.
flavor::ImageView image_view(const Target& target, const push::Plan* plan);

}  // namespace berth::app
