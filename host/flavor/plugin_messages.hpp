// What the host sends the worker of an image and of settings: see channel/protocol.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "flavor/plugin.hpp"
#include "flavor/settings.hpp"

namespace berth::flavor {

base::Json image_json(const ImageView& image);
// A list of key, type and value, with the schema's defaults where `values` has none.
base::Json settings_json(const std::vector<Setting>& schema, const base::Json& values);

// The code of a failed call. A plugin can write to the channel itself, so a code that its worker does not use becomes
// "plugin.failed".
std::string known_code(const std::string& code);

// The code of a refused container registry: `finding`, if it is a code of the flavor ("acme.uri"), else
// "flavor.refused".
std::string refusal_code(std::string_view flavor, const std::string& finding);

}  // namespace berth::flavor
