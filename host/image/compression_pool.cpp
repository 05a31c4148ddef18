#include "image/compression_pool.hpp"

#include <algorithm>
#include <map>

#include "image/chunk_compressor.hpp"

namespace berth::image {

CompressionPool::CompressionPool(unsigned threads) {
  const unsigned thread_count =
      threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < thread_count; ++i) threads_.emplace_back([this] { work(); });
}

CompressionPool::~CompressionPool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void CompressionPool::submit(std::shared_ptr<Chunk> chunk) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(chunk));
  }
  wake_.notify_one();
}

void CompressionPool::wait_for(Chunk& chunk) {
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [&] { return chunk.done; });
}

void CompressionPool::work() {
  std::map<Codec, std::unique_ptr<ChunkCompressor>> compressors;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (ending_) return;
    const auto chunk = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    auto& compressor = compressors[chunk->codec];
    if (!compressor) compressor = make_chunk_compressor(chunk->codec);
    compressor->compress(chunk->dictionary, chunk->input, chunk->last, chunk->output);
    chunk->crc = crc32_of(chunk->input);
    lock.lock();
    chunk->done = true;
    finished_.notify_all();
  }
}

}  // namespace berth::image
