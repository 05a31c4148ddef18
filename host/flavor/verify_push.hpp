// Verifies what a plugin reports about its push against the host's own record.
#pragma once

#include <string>

#include "base/cancellation.hpp"
#include "base/result.hpp"
#include "channel/image_calls.hpp"
#include "channel/protocol.hpp"
#include "flavor/call_handler.hpp"

namespace berth::flavor {

// `path`: the plugin file. Succeeds also if a finding of severity error blocked the push. Errors:
// that of the push, or of a service that the plugin passed on; class plugin, code "plugin.lied",
// for a plugin whose report differs from what was pushed; class interrupted.
base::Result<void> verify_push(
    const std::string& path, CallHandler& services,
    const channel::Outcome<channel::PushImage::Response, channel::PluginError>& outcome,
    const base::Cancellation& cancellation);

}  // namespace berth::flavor
