// App: what a process has: environment, paths, clock, cancellation, log. Every use case receives
// it. Built once, before the first use case. Knows no terminal, no JSON document and no exit
// status.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/paths.hpp"
#include "base/cancellation.hpp"
#include "base/log.hpp"

namespace berth::app {

// Safe from any thread: nothing in it changes while a use case runs. References must outlive this
// object.
struct App {
  Environment environment;
  base::Cancellation& cancellation;
  base::Log& log;
  Paths paths = {};
  std::vector<std::string> flavor_path = {};  // directories that are searched for flavors first
  bool debug_plugin = false;  // no time limits for plugins; waits for a debugger before loading one
  bool allow_unsandboxed = false;  // runs unregistered plugins even where they cannot be contained

  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;

  // The value of an environment variable; empty if it is not set.
  [[nodiscard]] std::string variable(std::string_view name) const {
    return environment(name).value_or("");
  }
};

}  // namespace berth::app
