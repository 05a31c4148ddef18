#include "image/compression_pool.hpp"

#include <algorithm>

namespace berth::image {

CompressionPool::State::State(unsigned thread_count) {
  for (unsigned i = 0; i < thread_count; ++i) threads.emplace_back([this] { work(); });
}

CompressionPool::State::~State() {
  {
    const std::lock_guard lock(mutex);
    ending = true;
  }
  wake.notify_all();
  for (auto& thread : threads) thread.join();
}

void CompressionPool::State::submit(std::shared_ptr<Chunk> chunk) {
  {
    const std::lock_guard lock(mutex);
    queue.push_back(std::move(chunk));
  }
  wake.notify_one();
}

void CompressionPool::State::wait_for(Chunk& chunk) {
  std::unique_lock lock(mutex);
  finished.wait(lock, [&] { return chunk.done; });
}

void CompressionPool::State::work() {
  ChunkCompressor compressor;
  std::unique_lock lock(mutex);
  while (true) {
    wake.wait(lock, [this] { return ending || !queue.empty(); });
    if (ending) return;
    const auto chunk = std::move(queue.front());
    queue.pop_front();
    lock.unlock();
    compressor.compress(chunk->dictionary, chunk->input, chunk->last, chunk->output);
    chunk->crc = crc32_of(chunk->input);
    lock.lock();
    chunk->done = true;
    finished.notify_all();
  }
}

CompressionPool::CompressionPool(unsigned threads)
    : state_(new State(threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency()))) {}

CompressionPool::~CompressionPool() = default;

}  // namespace berth::image
