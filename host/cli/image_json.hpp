// The JSON document of inspect.
#pragma once

#include "app/inspect.hpp"
#include "base/json_value.hpp"

namespace berth::cli {

// {"digest":D,"media_type":M,"size":n} with those of "artifact_type", "annotations", "platform" and
// "urls" that the descriptor has.
base::Json descriptor_json(const oci::Descriptor& descriptor);

base::Json inspection_json(const app::InspectReport& report);

}  // namespace berth::cli
