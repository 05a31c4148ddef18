// FanOutStream: the blob that one destination of a FanOut reads. Yields the shared bytes, and after
// it was detached or rewound, those of a stream of its own.
#pragma once

#include <memory>
#include <optional>

#include "push/fan_out.hpp"

namespace berth::push {

// Used by one thread.
class FanOutStream final : public image::LayerStream {
 public:
  // `known`: digest and size, if they are known before the blob is read. `fan_out` must outlive
  // this object. FanOut::enter() must have been called.
  FanOutStream(FanOut& fan_out, const SharedPlace& place, std::optional<CompressedBlob> known,
               OpenBlob open)
      : fan_out_(fan_out), place_(place), known_(std::move(known)), open_(std::move(open)) {}
  ~FanOutStream() override { fan_out_.leave(place_); }

  [[nodiscard]] std::optional<std::uint64_t> size() const override;
  // Class integrity, code "source.layer-changed", if another reading had other bytes.
  base::Result<std::size_t> read(std::span<std::byte> buffer) override;
  // From now on it has its own stream, so that the others need not wait.
  bool rewind() override;
  [[nodiscard]] const oci::Digest& digest() const override { return known_->digest; }
  [[nodiscard]] std::uint64_t source_position() const override;

 private:
  base::Result<std::size_t> read_own(std::span<std::byte> buffer);
  base::Result<void> open_own();
  base::Result<void> finish(CompressedBlob blob);

  FanOut& fan_out_;
  SharedPlace place_;
  std::optional<CompressedBlob> known_;
  OpenBlob open_;
  std::unique_ptr<image::LayerStream> own_;
  std::uint64_t position_ = 0;         // bytes returned since the last rewind
  std::uint64_t source_position_ = 0;  // of the shared stream
};

// A blob whose digest is known, as a LayerStream. Its size is known.
std::unique_ptr<image::LayerStream> named_stream(std::unique_ptr<http::BodySource> bytes,
                                                 oci::Digest digest);

}  // namespace berth::push
