// Builds the messages about images and settings that the host sends to the worker.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_value.hpp"
#include "base/result.hpp"
#include "channel/extension_calls.hpp"
#include "channel/image_calls.hpp"
#include "channel/plugin_calls.hpp"
#include "flavor/flavor_settings.hpp"
#include "flavor/pushed_image.hpp"
#include "oci/registry_uri.hpp"

namespace berth::flavor {

// The maximum number of blobs of an image, and of platforms. An index of 10,000 images with 40
// layers each has fewer.
inline constexpr std::size_t kMaxBlobs = 500'000;

using SendPart = std::function<base::Result<void>(const channel::AddToImage::Request& part)>;
// Splits the lists of an image into parts of about 1 MiB and passes all but the last to `send`,
// which must send them before the call. Returns the request of the call, with the last part and
// without services. Errors: class validation, code "push.too-many-blobs"; those of `send`.
base::Result<channel::ImageRequest> split_image(const ImageView& image, const SendPart& send);
// Returns the settings with their types. The schema's defaults are used for settings that `values`
// does not contain.
std::vector<channel::SettingValue> setting_values(const std::vector<Setting>& schema,
                                                  const base::Json& values);

// Returns the string settings of the flavor's own schema that `values`, what the user set,
// contains.
std::map<std::string, std::string> user_settings(const std::vector<Setting>& schema,
                                                 const base::Json& values);

// Returns the outcome of a request of a plugin that the host does not carry out
// (BERTH_STATUS_REFUSED).
base::Json refused_request(std::string why);

// Returns the origin of the container registry ("https://r.example"), as berth connects to it:
// without TLS on loopback hosts, unless the setting `tls` decides. Empty for layouts.
std::string registry_origin(const oci::RegistryUri& uri, const base::Json& settings);

// Returns a registry's error for the plugin, without secrets. `repository` is relative to the host.
channel::RegistryErrorRequest describe_error(const std::string& code, const std::string& message,
                                             std::string_view repository);

}  // namespace berth::flavor
