// CompressedLayer: one raw layer as the gzip bytes that go up, made while they are read.
// One gzip member: 1 MiB chunks, each raw deflate (ISA-L level 2, the 32 KiB before it as dictionary) ended by a sync
// flush, the last one final; fixed header (no time, OS 255); CRC-32 joined from the chunks. Deterministic on one
// architecture: the bytes depend on the input alone, not on the number of threads.
// Chunks are compressed on the shared pool, hashed and handed out in order; memory is bounded by the pool's window.
// The uncompressed bytes are verified against the diff ID before the last bytes are handed out, so a lying layer never
// completes: class integrity, code "source.layer". Nor does one that gives other bytes when it is read again:
// "source.layer-changed".
#pragma once

#include <cstdint>
#include <memory>

#include "http/message.hpp"
#include "image/source.hpp"

namespace berth::image {

// A fixed number of threads that compress chunks; shared by all layers of a push. Outlives them.
class CompressionPool {
 public:
  explicit CompressionPool(unsigned threads = 0);  // 0: one per core
  ~CompressionPool();
  CompressionPool(const CompressionPool&) = delete;
  CompressionPool& operator=(const CompressionPool&) = delete;

 private:
  friend class CompressedLayer;
  struct State;
  std::unique_ptr<State> state_;
};

class CompressedLayer final : public http::BodySource {
 public:
  // `raw` yields what Source::open_layer() yields. A gzip layer passes through, decompressed only to verify it;
  // other compressions are decompressed first.
  // `window` chunks at the most are in memory: two are enough to be right, eight as fast as any number.
  CompressedLayer(std::unique_ptr<http::BodySource> raw, const RawLayer& layer, CompressionPool& pool,
                  std::size_t window);
  ~CompressedLayer() override;

  // Known once read() returned 0 for the first time.
  [[nodiscard]] std::optional<std::uint64_t> size() const override;
  base::Result<std::size_t> read(std::span<std::byte> buffer) override;
  bool rewind() override;

  // Bytes of the layer's source consumed since the last rewind; ahead of read() by the window.
  [[nodiscard]] std::uint64_t source_position() const;
  // Of what read() gave; valid once it returned 0 for the first time, also while it is read again.
  [[nodiscard]] const oci::Digest& digest() const;
  [[nodiscard]] std::uint64_t compressed_size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::image
