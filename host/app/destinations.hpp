// Several destinations of one image.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/app.hpp"
#include "app/check_events.hpp"
#include "app/find_target.hpp"
#include "app/target.hpp"
#include "app/workspace.hpp"
#include "image/layer_encoding.hpp"
#include "push/plan.hpp"

namespace berth::app {

struct ResolvedDestinations {
  std::vector<Target> targets;  // in the order of the destinations
  std::optional<DestinationReport>
      failed;  // the first that could not be resolved; then `targets` is incomplete
};

// `workspace` must outlive the targets.
ResolvedDestinations resolve_destinations(std::span<const std::string> destinations,
                                          const TargetOptions& options, const Workspace& workspace);

// Reports the destinations and why their container registries were chosen, also to the log.
void announce(const App& app, std::span<const Target> targets, CheckEvents& events);

// The form of a manifest that berth creates for all of them, so that they have one digest.
push::ManifestForm common_form(std::span<const Target> targets);

// The encoding of layers that their settings require, so that they have one digest. Class usage,
// code "usage.compression", if these differ.
base::Result<image::Encoding> common_encoding(std::span<const Target> targets);

// Stores and reports why the push to a destination, or its check, failed.
void fail(const App& app, const base::Error& error, DestinationReport& report, CheckEvents& events);

}  // namespace berth::app
