// Implements the services env/1, file/1, exec/1, http/1 and crypto/1 for the plugin, over the
// channel to the host.
#pragma once

#include <string_view>

namespace berth::worker {

// Returns the function table of a service; nullptr if `id` is unknown. The functions' context is a
// HostCall.
const void* find_tool(std::string_view id);

// Returns the function table of http/1, for find_tool().
const void* http_service();

}  // namespace berth::worker
