// Opens the bytes of the blobs of a push: those of a FanOut if several destinations read them.
#pragma once

#include <memory>
#include <optional>

#include "image/compression_pool.hpp"
#include "image/layer_encoding.hpp"
#include "image/layer_stream.hpp"
#include "image/source.hpp"
#include "push/fan_out.hpp"

namespace berth::push {

// Opens the blob `index` of a ReadyImage. `source` must outlive the streams.
OpenBlob ready_blob_opener(image::Source& source, std::size_t index);

// How layers are compressed. `pool` must outlive the streams.
struct LayerCompression {
  image::CompressionPool& pool;
  std::size_t window = 2;  // chunks in memory
  image::Encoding encoding = {};
};

// Opens the layer `index` of a RawImage, compressed. `source` must outlive the streams.
OpenBlob layer_opener(image::Source& source, std::size_t index,
                      const LayerCompression& compression);

// Returns the stream that `open` opens, or if there is a `member`, the same bytes from its FanOut,
// opened when they are read. `known`: digest and size of the blob, if they are known in advance.
base::Result<std::unique_ptr<image::LayerStream>> open_blob(const FanOutMember* member,
                                                            std::size_t blob,
                                                            std::optional<CompressedBlob> known,
                                                            OpenBlob open);

}  // namespace berth::push
