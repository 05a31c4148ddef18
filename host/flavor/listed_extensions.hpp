// Compares the extensions of a running plugin with the list in its metadata.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "flavor/metadata.hpp"

namespace berth::flavor {

// Returns those of `ids`, the extensions that the plugin of `path` returned, that its metadata
// list; all if they have no list. Errors: class plugin, code "plugin.lied": an extension that this
// version supports is listed but was not returned.
base::Result<std::vector<std::string>> listed_extensions(std::vector<std::string> ids,
                                                         const Metadata& metadata,
                                                         const std::string& path);

}  // namespace berth::flavor
