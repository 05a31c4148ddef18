// Services: what a plugin may use during one call.
#pragma once

#include <functional>

#include "flavor/reported_finding.hpp"
#include "push/push.hpp"
#include "registry/registry_client.hpp"

namespace berth::flavor {

// The services that a plugin may use during one call, for this container registry only.
struct Services {
  registry::RegistryClient* session =
      nullptr;         // nullptr without a connection (offline, or a layout)
  bool probe = false;  // `check --probe`: requests with side effects are allowed
  // Executes the push plan, including the host's own checks. Called at most once. Empty if this
  // call must not push.
  std::function<base::Result<push::Report>()> push{};
  // Called with each finding when the plugin reports it, before a push continues.
  std::function<void(const Finding&)> found{};
};

}  // namespace berth::flavor
