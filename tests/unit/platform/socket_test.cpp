// Sockets: descriptors that are attached to bytes, and the state of the peer.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <vector>

#include "platform/socket.hpp"

using namespace berth;

TEST_CASE("socket: receives one attached descriptor, and closes them if there are several") {
  std::error_code error;
  const auto pair = platform::create_socket_pair(error);
  REQUIRE_FALSE(error);
  // The buffer for one descriptor has space for two.
  const auto receive = [&](std::size_t count, bool wanted = true) {
    std::vector<int> descriptors(count, 0);
    std::vector<char> space(CMSG_SPACE(count * sizeof(int)));
    char byte = 'x';
    iovec bytes{&byte, 1};
    msghdr header{};
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
    header.msg_control = space.data();
    header.msg_controllen = space.size();
    cmsghdr* control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(count * sizeof(int));
    std::memcpy(CMSG_DATA(control), descriptors.data(), count * sizeof(int));
    REQUIRE(::sendmsg(pair.first.get(), &header, 0) == 1);
    platform::UniqueFd received;
    std::array<std::byte, 4> buffer{};
    REQUIRE(platform::receive(pair.second.get(), buffer, wanted ? &received : nullptr) == 1);
    return received;
  };
  const int next = ::dup(0);
  ::close(next);
  CHECK(receive(1));
  for (const std::size_t count : {2U, 3U, 9U}) CHECK_FALSE(receive(count));
  CHECK_FALSE(receive(1, false));
  const platform::UniqueFd after(::dup(0));
  CHECK(after.get() == next);  // none is left open
}

TEST_CASE("socket: sends a copy of a descriptor") {
  std::error_code error;
  const auto pair = platform::create_socket_pair(error);
  const auto other = platform::create_socket_pair(error);
  CHECK_FALSE(platform::send_with_descriptor(pair.first.get(), std::byte{'x'}, other.first.get()));
  platform::UniqueFd copy;
  std::array<std::byte, 4> buffer{};
  REQUIRE(platform::receive(pair.second.get(), buffer, &copy) == 1);
  REQUIRE(::write(copy.get(), "y", 1) == 1);
  char byte = 0;
  CHECK(::read(other.second.get(), &byte, 1) == 1);
  CHECK(byte == 'y');
  CHECK(platform::send_with_descriptor(-1, std::byte{'x'}, 0) == std::errc::bad_file_descriptor);
}

TEST_CASE("socket: reports that the peer has closed the connection") {
  std::error_code error;
  auto pair = platform::create_socket_pair(error);
  CHECK_FALSE(platform::is_closed_by_peer(pair.first.get()));
  pair.second.reset();
  CHECK(platform::is_closed_by_peer(pair.first.get()));
}
