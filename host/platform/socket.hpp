// What differs between systems in the use of sockets. All descriptors are close-on-exec from the
// start.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <system_error>

#include "platform/unique_fd.hpp"

namespace berth::platform {

struct SocketPair {
  UniqueFd first;
  UniqueFd second;
};

// Creates two connected local stream sockets.
SocketPair create_socket_pair(std::error_code& error);

// As socket(2). Empty on failure; errno has the error.
UniqueFd create_socket(int family, int type, int protocol);

// Returns the number of sent bytes that the peer has not acknowledged; std::nullopt if the system
// cannot report it.
std::optional<std::size_t> unacknowledged_bytes(int socket);

// Returns whether the peer has closed the connection or its sending direction.
bool is_closed_by_peer(int socket);

// Sends one byte with a copy of `descriptor` attached to it, on a local socket.
std::error_code send_with_descriptor(int socket, std::byte byte, int descriptor);

// As recv(2), on a local socket; returns its result. If exactly one descriptor is attached to the
// received bytes, stores it in `*descriptor`; several are closed. If `descriptor` is `nullptr`,
// attached descriptors are never received.
std::ptrdiff_t receive(int socket, std::span<std::byte> bytes, UniqueFd* descriptor);

}  // namespace berth::platform
