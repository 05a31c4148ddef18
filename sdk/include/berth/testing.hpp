// A test kit for flavors: a fake host in the test's own process. It needs no test framework, no
// berth and no registry, and has no time limits, so that a debugger works.
//
//   #include <berth/testing.hpp>          // link or include the flavor's source: BERTH_PLUGIN
//
//   int main() {
//     berth::testing::Host host;
//     host.uri("registry.example.com/acme").setting("team", "blue").tag("app", "1", "sha256:…");
//     const auto result = host.prepare_image_push({"app", "1"});
//     return result.ok && result.has("acme.tag") ? 0 : 1;
//   }
//
// It is as strict as berth: settings are validated and completed by SETTINGS, services require
// PERMISSIONS, and contract violations are in Outcome::problems. Files, variables, programs and
// responses exist only if the test scripts them. Sandbox and time limits are not applied: `berth
// flavor check` does that. "~/" in paths is not expanded.
#pragma once

#include <berth/testing/host.hpp>
#include <berth/testing/host_calls.hpp>
#include <berth/testing/host_extensions.hpp>
#include <berth/testing/host_script.hpp>
