// Validates the upload rules of a flavor.
#pragma once

#include <optional>
#include <string>

#include "base/log.hpp"
#include "base/result.hpp"
#include "channel/plugin_calls.hpp"
#include "registry/blob_upload_rules.hpp"

namespace berth::flavor {

// Returns the rules that the flavor returned; the default rules if it has none. `path` is the
// plugin file, for errors. Errors: class plugin, code "plugin.bad-upload-rules": the rules
// contradict each other.
base::Result<registry::BlobUploadRules> validate_upload_rules(
    const std::optional<channel::UploadRulesResult>& result, const std::string& path);

void log_upload_rules(const registry::BlobUploadRules& rules, base::Log& log);

}  // namespace berth::flavor
