// The checks of a plugin's file: what it exports, and what it requires of a machine.
#pragma once

#include <string>
#include <vector>

#include "app/conformance_check.hpp"
#include "base/result.hpp"

namespace berth::app {

// Checks "exports", "runtime", "search-path" and "memory". Errors: those of open_plugin_file().
base::Result<std::vector<ConformanceCheck>> check_plugin_file(const std::string& path);

}  // namespace berth::app
