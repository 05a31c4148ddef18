// The errors for what a plugin reports or violates.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "channel/extension_calls.hpp"
#include "channel/protocol.hpp"

namespace berth::flavor {

// Returns `code` if it is one that the worker uses, otherwise "plugin.failed". A plugin can write
// to the channel itself, so the code of a failed call is not trusted.
std::string known_code(const std::string& code);

// Returns the error code for a container registry that the flavor rejected: `finding` if it is a
// code of this flavor ("acme.uri"), otherwise "flavor.refused".
std::string refusal_code(std::string_view flavor, const std::string& finding);

// Returns the error of class plugin for a call that failed. `path` is the plugin file.
base::Error failed_call(const std::string& path, const channel::CallInfo& info,
                        const channel::PluginError& error);
// Returns the error of class plugin, code "plugin.lied", for a plugin whose report contradicts what
// the host did itself.
base::Error contract_violation(const std::string& path, std::string cause);
// Returns the error of class validation for a flavor that rejected the container registry `uri`.
// This is not a fault of the plugin.
base::Error rejected_registry(const std::string& flavor, const std::string& uri,
                              const channel::PluginError& error);
// Returns `error` with the flavor's cause before the existing one, and with its fix, if it has one.
base::Error with_explanation(base::Error error, const channel::ExplainError::Response& explanation);

}  // namespace berth::flavor
