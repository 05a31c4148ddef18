#include "image/blob_pipe.hpp"

#include <algorithm>

namespace berth::image {

bool BlobPipe::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    std::unique_lock lock(mutex_);
    writable_.wait(lock, [this] { return closed_ || filled_ < kCapacity; });
    if (closed_) return false;
    ring_.resize(kCapacity);
    const std::size_t end = (begin_ + filled_) % kCapacity;
    const std::size_t count = std::min({bytes.size(), kCapacity - filled_, kCapacity - end});
    std::copy_n(bytes.begin(), count, ring_.begin() + static_cast<std::ptrdiff_t>(end));
    filled_ += count;
    bytes = bytes.subspan(count);
    lock.unlock();
    readable_.notify_one();
  }
  return true;
}

void BlobPipe::finish(base::Result<void> result) {
  const std::lock_guard lock(mutex_);
  finished_ = std::move(result);
  readable_.notify_one();
}

base::Result<std::size_t> BlobPipe::read(std::span<std::byte> buffer) {
  std::unique_lock lock(mutex_);
  readable_.wait(lock, [this] { return filled_ > 0 || finished_; });
  if (filled_ == 0) {
    if (!*finished_) return finished_->error().clone();
    return std::size_t{0};
  }
  const std::size_t count = std::min({buffer.size(), filled_, kCapacity - begin_});
  std::copy_n(ring_.begin() + static_cast<std::ptrdiff_t>(begin_), count, buffer.begin());
  begin_ = (begin_ + count) % kCapacity;
  filled_ -= count;
  lock.unlock();
  writable_.notify_one();
  return count;
}

void BlobPipe::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  writable_.notify_one();
}

}  // namespace berth::image
