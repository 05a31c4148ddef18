// Frames between berth and berth-flavor-worker: a length (u32, little endian) and that many bytes of JSON.
// Both sides distrust the other: a frame of more than the limit, or one that is no JSON object, ends the talk.
// Errors: class plugin, code "plugin.garbage".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/json.hpp"
#include "base/unique_fd.hpp"

struct msghdr;

namespace berth::channel {

// What berth says may be long (the blobs of an image), what the worker says is not: a plugin's note and texts.
inline constexpr std::size_t kFrameLimit = std::size_t{16} << 20U;
inline constexpr std::size_t kWorkerFrameLimit = std::size_t{2} << 20U;

std::string encode_frame(const base::Json& message);
// The bytes of JSON in an encoded frame.
inline std::size_t message_size(const std::string& frame) { return frame.size() - sizeof(std::uint32_t); }

// Bytes in, messages out. One thread at a time.
class FrameDecoder {
 public:
  explicit FrameDecoder(std::size_t limit = kFrameLimit) : limit_(limit) {}
  void feed(std::span<const std::byte> bytes);
  // The next whole message; nothing: more bytes are needed.
  base::Result<std::optional<base::Json>> next();

 private:
  std::size_t limit_;
  std::string buffer_;
};

// Blocking, for the worker's side. The end of the talk is an error of code "channel.closed".
base::Result<void> send_frame(int fd, const base::Json& message);
// The frame, with a copy of `descriptor` attached to its first byte. Source: unix(7), SCM_RIGHTS.
base::Result<void> send_frame_with_descriptor(int fd, const base::Json& message, int descriptor);
// The descriptor that recvmsg() received with a message. Empty if there was not exactly one; several are closed: space
// for one has room for two, because of its alignment.
base::UniqueFd take_descriptor(msghdr& received);
base::Result<base::Json> receive_frame(int fd, FrameDecoder& decoder);

}  // namespace berth::channel
