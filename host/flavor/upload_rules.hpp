// The upload rules that a flavor gave, judged.
#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "registry/upload_rules.hpp"

namespace berth::flavor {

// Of the worker's reply to "create"; the usual ones where the flavor gave none. `path` is the plugin's. Class plugin,
// code "plugin.bad-upload-rules": nobody can obey them.
base::Result<registry::UploadRules> parse_upload_rules(const base::Json& created, const std::string& path);

}  // namespace berth::flavor
