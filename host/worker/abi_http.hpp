// The service http/1 of abi.h for the plugin, over the channel to the host.
#pragma once

#include <berth/abi.h>

#include <cstddef>
#include <cstdint>

namespace berth::worker {

// berth_http_1.send. `context` is a HostCall.
std::int32_t send_http(void* context, const berth_http_request* requests, std::size_t count,
                       std::size_t stride, const berth_http_sink* responses,
                       const berth_sink* error) noexcept;

}  // namespace berth::worker
