// The services of abi.h for the plugin, over the channel to the host.
#pragma once

#include <string_view>

namespace berth::worker {

// Returns the function table of a service; nullptr if `id` is unknown. The functions' context is a
// HostCall.
const void* find_service(std::string_view id);

}  // namespace berth::worker
