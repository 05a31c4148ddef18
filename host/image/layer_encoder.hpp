// LayerEncoder: makes the blob of one layer, piece by piece, from what a LayerReader reads.
// Implemented for one gzip member (gzip_encoder.cpp), one zstd frame (zstd_encoder.cpp), and bytes
// that are uploaded unchanged (unchanged_encoder.cpp). The blob depends only on the layer and on
// the encoder's identity (encoder_identity.hpp), not on the number of threads.
// make_layer_encoder.hpp selects one.
#pragma once

#include <memory>
#include <vector>

#include "image/compression_pool.hpp"
#include "image/layer_reader.hpp"

namespace berth::image {

enum class Blob { continues, complete };

// Used by one thread. The destructor waits for nothing but the chunks that libzstd is compressing.
class LayerEncoder {
 public:
  LayerEncoder() = default;
  LayerEncoder(const LayerEncoder&) = delete;
  LayerEncoder& operator=(const LayerEncoder&) = delete;
  virtual ~LayerEncoder() = default;

  // Begins the blob, also again, after the reader was rewound.
  virtual void start() = 0;
  // Replaces `output` with the next bytes of the blob, possibly none. Blob::complete: they are the
  // last, and the layer is verified. Errors of the reader.
  virtual base::Result<Blob> produce(std::vector<std::byte>& output) = 0;
};

// References that an encoder uses. They must outlive it.
struct EncoderContext {
  LayerReader& reader;
  CompressionPool& pool;
  std::size_t window;  // most chunks in memory
};

}  // namespace berth::image
