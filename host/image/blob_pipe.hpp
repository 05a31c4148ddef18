// BlobPipe: a bounded pipe between a thread that receives bytes and one that sends them on. Either side may end first.
// Each side is one thread; both may call at once.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"

namespace berth::image {

class BlobPipe {
 public:
  // Waits for room; false once the reader has gone.
  bool write(std::span<const std::byte> bytes);
  // No more comes: the reader sees the end, or the error that came in its place.
  void finish(base::Result<void> result);

  // Waits for bytes, and fills from the front; 0 means the end.
  base::Result<std::size_t> read(std::span<std::byte> buffer);
  // The reader goes: a waiting writer is let go.
  void close();

 private:
  // What a fast sender may be ahead of a slow receiver.
  static constexpr std::size_t kCapacity = std::size_t{1} << 20U;

  std::mutex mutex_;
  std::condition_variable readable_;
  std::condition_variable writable_;
  std::vector<std::byte> ring_;  // made at the first write
  std::size_t begin_ = 0;
  std::size_t filled_ = 0;
  bool closed_ = false;
  std::optional<base::Result<void>> finished_;
};

}  // namespace berth::image
