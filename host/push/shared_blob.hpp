// SharedBlob: the bytes of one blob between the stream that produces them and several readers. A
// window holds what was produced and not yet read by all of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "image/layer_stream.hpp"
#include "push/build_manifest.hpp"

namespace berth::push {

// Not thread-safe: FanOut guards it.
class SharedBlob {
 public:
  using Clock = std::chrono::steady_clock;

  struct Piece {
    std::uint64_t begin = 0;  // position in the blob
    std::shared_ptr<std::vector<std::byte>> bytes = {};
    std::uint64_t source_position = 0;  // LayerStream::source_position() when it was produced
  };

  enum class Reading {
    expected,  // has not begun, and will find the window as it is
    active,
    gone,  // does not read it, has read it, or reads it by itself
  };

  struct Reader {
    Reading reading = Reading::expected;
    std::uint64_t position = 0;
    Clock::time_point waited_for = {};  // since when it could have read
  };

  explicit SharedBlob(std::size_t readers) : readers_(readers) {}

  [[nodiscard]] std::vector<Reader>& readers() { return readers_; }
  [[nodiscard]] bool has_readers() const;
  // Position of the next byte to be produced.
  [[nodiscard]] std::uint64_t end() const { return end_; }
  // Memory of the window.
  [[nodiscard]] std::size_t held() const { return held_; }

  // Returns the piece that contains the byte at `position`, which is in the window.
  [[nodiscard]] const Piece& piece_at(std::uint64_t position) const;
  void append(std::shared_ptr<std::vector<std::byte>> bytes, std::uint64_t source_position);
  // Removes the pieces that no reader needs, and returns them.
  std::vector<Piece> trim();
  static void advance(Reader& reader, std::size_t count);

  // What produces the blob; nullptr before the first piece, at the end, and while it is in use.
  std::unique_ptr<image::LayerStream> producer = {};
  bool producing = false;
  std::optional<std::size_t> rank = {};       // order in which blobs were begun
  std::optional<CompressedBlob> result = {};  // set at the end
  std::optional<base::Error> failure = {};    // of the producer
  bool verifying = false;
  bool verified = false;
  std::optional<base::Error> damaged = {};  // what the verification found

 private:
  std::deque<Piece> window_;
  std::uint64_t end_ = 0;
  std::size_t held_ = 0;
  std::vector<Reader> readers_;
};

}  // namespace berth::push
