// Frames of the channel between berth and berth-flavor-worker: a length (u32, little endian) and
// that many bytes of JSON. Neither side trusts the other: a frame over the limit, or one that is
// not a JSON object, is an error of class plugin, code "plugin.garbage", and ends the connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/json_value.hpp"
#include "base/result.hpp"

namespace berth::channel {

// The size limits of frames from berth, which may contain the list of blobs of an image, and from
// the worker, whose messages are short.
inline constexpr std::size_t kFrameLimit = std::size_t{16} << 20U;
inline constexpr std::size_t kWorkerFrameLimit = std::size_t{2} << 20U;

// Returns `message` as a frame.
std::string encode_frame(const base::Json& message);
// Returns the number of JSON bytes in an encoded frame.
inline std::size_t message_size(const std::string& frame) {
  return frame.size() - sizeof(std::uint32_t);
}

// Decodes frames: feed() adds received bytes, next() returns the messages. Use it from one thread
// at a time.
class FrameDecoder {
 public:
  explicit FrameDecoder(std::size_t limit = kFrameLimit) : limit_(limit) {}
  void feed(std::span<const std::byte> bytes);
  // Returns the next complete message; std::nullopt if more bytes are needed. Errors: class plugin,
  // code "plugin.garbage".
  base::Result<std::optional<base::Json>> next();

 private:
  std::size_t limit_;
  std::string buffer_;
};

// Sends a frame. Blocks until it is written; for the worker only. Fails if the connection is
// closed.
base::Result<void> send_frame(int fd, const base::Json& message);
// Like send_frame(), with a copy of `descriptor` attached to the first byte of the frame.
base::Result<void> send_frame_with_descriptor(int fd, const base::Json& message, int descriptor);
// Blocks until a frame has arrived and returns its message. Errors: class plugin, code
// "channel.closed" if the connection is closed or reading fails; those of next().
base::Result<base::Json> receive_frame(int fd, FrameDecoder& decoder);

}  // namespace berth::channel
