// Builds the messages about images and settings that the host sends to the worker. Format:
// channel/protocol.hpp.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "flavor/plugin.hpp"
#include "flavor/settings.hpp"

namespace berth::flavor {

// The maximum number of blobs of an image, and of platforms. An index of 10,000 images with 40
// layers each has fewer.
inline constexpr std::size_t kMaxBlobs = 500'000;

using SendPart = std::function<base::Result<void>(const base::Json& message)>;
// Splits the lists of an image into messages of about 1 MiB and passes all but the last to `send`,
// which must send them before the call. Returns the last part: the member "image" of the call's own
// message. Errors: class validation, code "push.too-many-blobs"; those of `send`.
base::Result<base::Json> split_image(const ImageView& image, const SendPart& send);
// Returns the settings as a list of {key, type, value}. The schema's defaults are used for settings
// that `values` does not contain.
base::Json settings_json(const std::vector<Setting>& schema, const base::Json& values);

// Returns the host's response to a request of a plugin that it does not carry out (BERTH_STATUS_REFUSED).
base::Json refused_request(std::string why);

// Returns `code` if it is one that the worker uses, otherwise "plugin.failed". A plugin can write
// to the channel itself, so the code of a failed call is not trusted.
std::string known_code(const std::string& code);

// Returns the error code for a container registry that the flavor rejected: `finding` if it is a
// code of this flavor ("acme.uri"), otherwise "flavor.refused".
std::string refusal_code(std::string_view flavor, const std::string& finding);

}  // namespace berth::flavor
