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

// Whether `code` is one of this flavor: its name, a dot, and [a-z0-9.-], at most 128 characters.
bool is_finding_code(std::string_view flavor, std::string_view code);

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
// Returns `error` with the flavor's explanation as its message, with the existing message, which
// may mislead, before the cause, and with the flavor's fix, if it has one.
base::Error with_explanation(base::Error error, const channel::ExplainError::Response& explanation);

}  // namespace berth::flavor
