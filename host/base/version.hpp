// The version of this program.
#pragma once

#include <string_view>

namespace berth::base {

// Returns the version: "0.1.0".
std::string_view version();

}  // namespace berth::base
