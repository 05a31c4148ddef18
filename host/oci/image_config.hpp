// Reads what berth needs from an image config; the rest is neither interpreted nor restricted
// (base/json_members.hpp).
// Source: OCI image-spec 1.1, config.md; Docker image specification 1.2.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "oci/descriptor.hpp"

namespace berth::oci {

// Returns std::nullopt if `config` is not a JSON object or has neither "os" nor "architecture" (not
// an image's config).
std::optional<Platform> config_platform(std::string_view config);

// Returns rootfs.diff_ids in order; empty if missing or null. Class integrity, code
// "config.invalid": the config is not a JSON object, "rootfs" or "diff_ids" is repeated with
// different values, or an element is not a digest.
base::Result<std::vector<Digest>> config_diff_ids(std::string_view config);

}  // namespace berth::oci
