// The services env/1, file/1, exec/1, http/1 and crypto/1 as a plugin sees them, carried over the channel.
#pragma once

#include <string_view>

namespace berth::worker {

// The table of functions of a service; null: there is none of that id. The functions' context is a HostCall.
const void* find_tool(std::string_view id);

// The table of http/1, for find_tool().
const void* http_service();

}  // namespace berth::worker
