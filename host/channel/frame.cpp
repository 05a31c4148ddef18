#include "channel/frame.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/file_io.hpp"
#include "base/json_parser.hpp"
#include "platform/private_memory.hpp"
#include "platform/socket.hpp"

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
  for (std::size_t i = 0; i < kHeader; ++i)
    frame += static_cast<char>(body.size() >> (8 * i) & 0xffU);
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
  auto message = base::parse_json(std::string_view(buffer_).substr(kHeader, length), "a frame",
                                  {limit_, 64, 1'000'000});
  platform::clear_memory(buffer_.data(), kHeader + length);  // it may hold a secret
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
  const auto bytes = std::as_bytes(std::span(frame));
  if (const auto error = platform::send_with_descriptor(fd, bytes.front(), descriptor))
    return Error(ErrorClass::plugin, "channel.closed", "cannot send a descriptor")
        .cause(base::errno_text(error.value()));
  return base::write_all(fd, bytes.subspan(1), "the channel");
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
