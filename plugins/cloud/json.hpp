// The SDK's JSON, under the name that the parts of flavors know it by.
#pragma once

#include <berth/json.hpp>

namespace berth::cloud {

using berth::Json;
using berth::json_string;

}  // namespace berth::cloud
