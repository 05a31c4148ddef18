// CompressionPool: a fixed number of threads that compress chunks, shared by all layers of a push.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "image/layer_encoding.hpp"

namespace berth::image {

// Owned by its layer, and by the pool while it is queued, so that a layer may be destroyed at any
// time.
struct Chunk {
  Codec codec = Codec::gzip_fast;
  std::vector<std::byte> dictionary;
  std::vector<std::byte> input;
  bool last = false;
  std::vector<std::byte> output;
  std::uint32_t crc = 0;  // of the input
  bool done = false;      // guarded by the pool's mutex
};

// Must outlive the layers. Thread-safe.
class CompressionPool {
 public:
  explicit CompressionPool(unsigned threads = 0);  // 0: one per core
  ~CompressionPool();
  CompressionPool(const CompressionPool&) = delete;
  CompressionPool& operator=(const CompressionPool&) = delete;

  // Queues a chunk; chunks are compressed in the order in which they were queued.
  void submit(std::shared_ptr<Chunk> chunk);
  // Returns once `chunk` is compressed.
  void wait_for(Chunk& chunk);
  // zstd has threads of its own, as many.
  [[nodiscard]] unsigned thread_count() const { return static_cast<unsigned>(threads_.size()); }

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable wake_;      // a chunk was queued, or the pool is being destroyed
  std::condition_variable finished_;  // a chunk is done
  std::deque<std::shared_ptr<Chunk>> queue_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace berth::image
