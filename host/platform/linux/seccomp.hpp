// Installs the filters of system_call_filter.hpp. Source: seccomp(2).
#pragma once

#include "platform/sandbox.hpp"

namespace berth::platform {

// Installs the filter that is needed while a plugin is loaded, and sets Sandbox::threads if the
// kernel permits a listener. Returns whether the filter is in force.
bool restrict_system_calls(Sandbox& sandbox);

}  // namespace berth::platform
