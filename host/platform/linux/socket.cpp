// Sources: unix(7), SCM_RIGHTS; tcp(7), SIOCOUTQ.
#include "platform/socket.hpp"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace berth::platform {
namespace {

// A message of `bytes` with space for one descriptor.
struct Message {
  Message(void* bytes, std::size_t size) : part{bytes, size} {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() = default;

  void attach_space() {
    header.msg_control = space;
    header.msg_controllen = sizeof space;
  }

  iovec part;
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
};

// Because of its alignment, a control buffer for one descriptor has space for two.
UniqueFd take_descriptor(msghdr& received) {
  std::vector<UniqueFd> descriptors;
  for (cmsghdr* control = CMSG_FIRSTHDR(&received); control != nullptr;
       control = CMSG_NXTHDR(&received, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(control) + i * sizeof descriptor, sizeof descriptor);
      descriptors.emplace_back(descriptor);
    }
  }
  return descriptors.size() == 1 ? std::move(descriptors.front()) : UniqueFd();
}

}  // namespace

SocketPair create_socket_pair(std::error_code& error) {
  int ends[2] = {-1, -1};
  const bool created = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0;
  error = created ? std::error_code() : std::error_code(errno, std::generic_category());
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

UniqueFd create_socket(int family, int type, int protocol) {
  return UniqueFd(::socket(family, type | SOCK_CLOEXEC, protocol));
}

std::optional<std::size_t> unacknowledged_bytes(int socket) {
  int queued = 0;
  if (::ioctl(socket, SIOCOUTQ, &queued) != 0 || queued < 0) return std::nullopt;
  return static_cast<std::size_t>(queued);
}

bool is_closed_by_peer(int socket) {
  pollfd state{socket, POLLRDHUP, 0};
  return ::poll(&state, 1, 0) != 0;
}

std::error_code send_with_descriptor(int socket, std::byte byte, int descriptor) {
  Message message(&byte, 1);
  message.attach_space();
  cmsghdr* control = CMSG_FIRSTHDR(&message.header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(control), &descriptor, sizeof descriptor);
  const bool sent = ::sendmsg(socket, &message.header, MSG_NOSIGNAL) == 1;
  return sent ? std::error_code() : std::error_code(errno, std::generic_category());
}

std::ptrdiff_t receive(int socket, std::span<std::byte> bytes, UniqueFd* descriptor) {
  Message message(bytes.data(), bytes.size());
  // Without space for them, recvmsg() closes attached descriptors.
  if (descriptor != nullptr) message.attach_space();
  const auto count = ::recvmsg(socket, &message.header, MSG_CMSG_CLOEXEC);
  if (count > 0 && descriptor != nullptr)
    if (auto received = take_descriptor(message.header)) *descriptor = std::move(received);
  return count;
}

}  // namespace berth::platform
