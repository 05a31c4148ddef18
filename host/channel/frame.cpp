#include "channel/frame.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/files.hpp"

namespace berth::channel {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kHeader = 4;

std::size_t decode_length(const std::string& bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kHeader; ++i)
    length |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return length;
}

Error garbage(std::string cause) {
  return Error(ErrorClass::plugin, "plugin.garbage", "malformed frame").cause(std::move(cause));
}

}  // namespace

std::string encode_frame(const base::Json& message) {
  const std::string body = message.dump();
  std::string frame;
  for (std::size_t i = 0; i < kHeader; ++i) frame += static_cast<char>(body.size() >> (8 * i) & 0xffU);
  return frame + body;
}

void FrameDecoder::feed(std::span<const std::byte> bytes) {
  buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

base::Result<std::optional<base::Json>> FrameDecoder::next() {
  if (buffer_.size() < kHeader) return std::optional<base::Json>();
  const std::size_t length = decode_length(buffer_);
  if (length > limit_) return garbage("its length is " + std::to_string(length) + " bytes");
  if (buffer_.size() < kHeader + length) return std::optional<base::Json>();
  auto message =
      base::Json::parse(std::string_view(buffer_).substr(kHeader, length), "a frame", {limit_, 64, 1'000'000});
  ::explicit_bzero(buffer_.data(), kHeader + length);  // it may hold a secret
  buffer_.erase(0, kHeader + length);
  if (!message) return garbage(message.error().cause());
  if (!message->is_object()) return garbage("it is not a JSON object");
  return std::optional(std::move(*message));
}

base::Result<void> send_frame(int fd, const base::Json& message) {
  const std::string frame = encode_frame(message);
  return base::write_all(fd, std::as_bytes(std::span(frame)), "the channel");
}

base::Result<void> send_frame_with_descriptor(int fd, const base::Json& message, int descriptor) {
  const std::string frame = encode_frame(message);
  iovec bytes{const_cast<char*>(frame.data()), 1};  // the rest is sent below; sendmsg() does not write to the buffer
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &bytes;
  header.msg_iovlen = 1;
  header.msg_control = space;
  header.msg_controllen = sizeof space;
  cmsghdr* control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(control), &descriptor, sizeof descriptor);
  if (::sendmsg(fd, &header, MSG_NOSIGNAL) != 1)
    return Error(ErrorClass::plugin, "channel.closed", "cannot send a descriptor").cause(base::errno_text(errno));
  return base::write_all(fd, std::as_bytes(std::span(frame)).subspan(1), "the channel");
}

platform::UniqueFd take_descriptor(msghdr& received) {
  std::vector<platform::UniqueFd> descriptors;
  for (cmsghdr* control = CMSG_FIRSTHDR(&received); control != nullptr; control = CMSG_NXTHDR(&received, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(control) + i * sizeof descriptor, sizeof descriptor);
      descriptors.emplace_back(descriptor);
    }
  }
  return descriptors.size() == 1 ? std::move(descriptors.front()) : platform::UniqueFd();
}

base::Result<base::Json> receive_frame(int fd, FrameDecoder& decoder) {
  std::array<std::byte, 65536> buffer{};
  while (true) {
    BERTH_TRY(auto message, decoder.next());
    if (message) return std::move(*message);
    const auto count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Error(ErrorClass::plugin, "channel.closed", "connection closed");
    decoder.feed(std::span(buffer).first(static_cast<std::size_t>(count)));
  }
}

}  // namespace berth::channel
