// BlobPipe: a bounded pipe from a thread that receives bytes to a thread that sends them. Either
// side may end first. One thread per side; both may call in parallel.
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
  // Waits for space. Returns false once the reader has closed the pipe.
  bool write(std::span<const std::byte> bytes);
  // Ends the stream: the reader gets the end, or the error in `result`.
  void finish(base::Result<void> result);

  // Waits for bytes and fills `buffer` from the front; returns 0 at the end.
  base::Result<std::size_t> read(std::span<std::byte> buffer);
  // Closes the reader's side; a waiting writer returns.
  void close();

 private:
  // How far a fast sender may be ahead of a slow receiver.
  static constexpr std::size_t kCapacity = std::size_t{1} << 20U;

  std::mutex mutex_;
  std::condition_variable readable_;
  std::condition_variable writable_;
  std::vector<std::byte> ring_;  // allocated by the first write
  std::size_t begin_ = 0;
  std::size_t filled_ = 0;
  bool closed_ = false;
  std::optional<base::Result<void>> finished_;
};

}  // namespace berth::image
