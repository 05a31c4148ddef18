// Loopback ports: one that nobody listens on, and whether somebody does.
#pragma once

namespace berth::test {

int free_port();
bool accepts(int port);

}  // namespace berth::test
