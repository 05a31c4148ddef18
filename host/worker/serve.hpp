// The worker's talk with the host, from "load" to "destroy".
#pragma once

namespace berth::worker {

// Returns when the host has gone or said "destroy".
void serve(int channel, int plugin_file);

}  // namespace berth::worker
