// What the host sends the worker of an image and of settings: see channel/protocol.hpp.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "flavor/plugin.hpp"
#include "flavor/settings.hpp"

namespace berth::flavor {

// How many blobs the image of a call may have. An index of 10,000 images with 40 layers each has fewer.
inline constexpr std::size_t kMaxBlobs = 500'000;

using SendPart = std::function<base::Result<void>(const base::Json& message)>;
// Sends the lists of an image in messages of about 1 MiB, as many as there are to send before the call; returns the
// "image" of the call itself, with the rest of the lists. Class validation, code "push.too-many-blobs".
base::Result<base::Json> split_image(const ImageView& image, const SendPart& send);
// A list of key, type and value, with the schema's defaults where `values` has none.
base::Json settings_json(const std::vector<Setting>& schema, const base::Json& values);

// The code of a failed call. A plugin can write to the channel itself, so a code that its worker does not use becomes
// "plugin.failed".
std::string known_code(const std::string& code);

// The code of a refused container registry: `finding`, if it is a code of the flavor ("acme.uri"), else
// "flavor.refused".
std::string refusal_code(std::string_view flavor, const std::string& finding);

}  // namespace berth::flavor
