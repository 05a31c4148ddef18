// Loopback ports: a free one, and whether a port accepts connections.
#pragma once

namespace berth::test {

int free_port();
bool accepts(int port);

}  // namespace berth::test
