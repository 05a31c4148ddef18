// CompressedLayer: the blob of one raw layer, encoded while it is read, as the push chooses
// (layer_encoding.hpp). Deterministic on one architecture: the bytes depend only on the input, not
// on the number of threads. Memory is limited by the window. The uncompressed bytes are verified
// against the diff ID before the last bytes are returned, so a layer with other content never
// completes: class integrity, code "source.layer". Nor does a layer that differs when it is read
// again: "source.layer-changed".
#pragma once

#include <cstdint>
#include <memory>

#include "http/message.hpp"
#include "image/compression_pool.hpp"
#include "image/layer_encoding.hpp"
#include "image/layer_stream.hpp"
#include "image/source.hpp"

namespace berth::image {

class CompressedLayer final : public LayerStream {
 public:
  // `raw` is the stream of Source::open_layer(). At most `window` chunks are in memory: 2 suffice,
  // 8 reach full speed.
  CompressedLayer(std::unique_ptr<http::BodySource> raw, const RawLayer& layer,
                  CompressionPool& pool, std::size_t window, const Encoding& encoding = {});
  ~CompressedLayer() override;

  // Returns std::nullopt until read() has returned 0 for the first time.
  [[nodiscard]] std::optional<std::uint64_t> size() const override;
  base::Result<std::size_t> read(std::span<std::byte> buffer) override;
  bool rewind() override;

  // Returns the bytes of the layer's source that were consumed since the last rewind; ahead of
  // read() by the window.
  [[nodiscard]] std::uint64_t source_position() const override;
  // Of the bytes that read() returned. Valid after read() has returned 0 for the first time, also
  // while reading again.
  [[nodiscard]] const oci::Digest& digest() const override;
  [[nodiscard]] std::uint64_t compressed_size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::image
