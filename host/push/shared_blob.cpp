#include "push/shared_blob.hpp"

#include <algorithm>

namespace berth::push {

bool SharedBlob::has_readers() const {
  return std::any_of(readers_.begin(), readers_.end(),
                     [](const Reader& reader) { return reader.reading != Reading::gone; });
}

const SharedBlob::Piece& SharedBlob::piece_at(std::uint64_t position) const {
  const auto after =
      std::upper_bound(window_.begin(), window_.end(), position,
                       [](std::uint64_t at, const Piece& piece) { return at < piece.begin; });
  return *std::prev(after);
}

void SharedBlob::append(std::shared_ptr<std::vector<std::byte>> bytes,
                        std::uint64_t source_position) {
  const auto now = Clock::now();
  for (auto& reader : readers_)
    if (reader.position == end_) reader.waited_for = now;
  const auto begin = end_;
  end_ += bytes->size();
  held_ += bytes->capacity();
  window_.push_back({begin, std::move(bytes), source_position});
}

std::vector<SharedBlob::Piece> SharedBlob::trim() {
  std::uint64_t needed = end_;
  for (const auto& reader : readers_)
    if (reader.reading != Reading::gone) needed = std::min(needed, reader.position);
  std::vector<Piece> removed;
  while (!window_.empty() && window_.front().begin + window_.front().bytes->size() <= needed) {
    held_ -= window_.front().bytes->capacity();
    removed.push_back(std::move(window_.front()));
    window_.pop_front();
  }
  return removed;
}

void SharedBlob::advance(Reader& reader, std::size_t count) {
  reader.position += count;
  reader.waited_for = Clock::now();
}

}  // namespace berth::push
