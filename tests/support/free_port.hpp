// A loopback port that nobody listens on.
#pragma once

namespace berth::test {

int free_port();

}  // namespace berth::test
