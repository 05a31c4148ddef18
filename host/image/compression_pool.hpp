// The threads that compress chunks, and the queue of chunks from all layers of a push.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "image/chunk_compressor.hpp"
#include "image/compressed_layer.hpp"

namespace berth::image {

// Owned by its layer, and by the pool while it is queued, so that a layer may be destroyed at any time.
struct Chunk {
  std::vector<std::byte> dictionary;
  std::vector<std::byte> input;
  bool last = false;
  std::vector<std::byte> output;
  std::uint32_t crc = 0;  // of the input
  bool done = false;      // guarded by the pool's mutex
};

struct CompressionPool::State {
  explicit State(unsigned thread_count);
  ~State();
  void submit(std::shared_ptr<Chunk> chunk);
  void wait_for(Chunk& chunk);

 private:
  void work();

  std::mutex mutex;
  std::condition_variable wake;      // a chunk was queued, or the pool is being destroyed
  std::condition_variable finished;  // a chunk is done
  std::deque<std::shared_ptr<Chunk>> queue;
  bool ending = false;
  std::vector<std::thread> threads;
};

}  // namespace berth::image
