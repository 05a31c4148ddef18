// Parses and validates the upload rules of a flavor.
#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "registry/blob_upload_rules.hpp"

namespace berth::flavor {

// Parses the worker's reply to "create"; returns the default rules if the flavor has none. `path`
// is the plugin file, for errors. Errors: class plugin, code "plugin.bad-upload-rules": the rules
// contradict each other.
base::Result<registry::BlobUploadRules> parse_upload_rules(const base::Json& created, const std::string& path);

}  // namespace berth::flavor
