// Serves the host's requests, from "sandbox" to "destroy".
#pragma once

namespace berth::worker {

// Serves until the host has closed the channel or has sent "destroy". `channel` and `plugin_file`
// are the inherited descriptors of protocol.hpp.
void serve(int channel, int plugin_file);

}  // namespace berth::worker
