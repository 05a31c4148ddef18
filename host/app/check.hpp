// check: runs the preflight checks of a push; uploads nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/app.hpp"
#include "app/check_events.hpp"
#include "app/connection.hpp"
#include "app/find_target.hpp"
#include "app/target.hpp"
#include "oci/platform.hpp"
#include "registry/registry_client.hpp"

namespace berth::app {

struct CheckRequest {
  std::string source = {};  // empty if only the destination is checked
  std::string destination = {};
  TargetOptions target = {};
  NetworkOptions network = {};
  std::vector<oci::Platform> platforms = {};
  bool offline = false;  // makes no connection
  bool probe = false;    // permits requests with side effects
};

struct CheckReport {
  DestinationReport destination;
  std::optional<registry::Access> access = {};  // std::nullopt if it was not checked

  // Findings of severity error.
  [[nodiscard]] std::size_t problems() const;
};

// The flavor's findings of severity error are reported rather than the registry's rejection that
// they explain. Fails only if the registered container registries cannot be read.
base::Result<CheckReport> check(const App& app, const CheckRequest& request, CheckEvents& events);

}  // namespace berth::app
