// LayerStream: the blob of one layer, whose digest and size are known once it was read to its end.
#pragma once

#include <cstdint>

#include "http/message.hpp"
#include "oci/digest.hpp"

namespace berth::image {

class LayerStream : public http::BodySource {
 public:
  // Of the blob. Valid while size() has a value: after read() has returned 0 for the first time,
  // also while reading again.
  [[nodiscard]] virtual const oci::Digest& digest() const = 0;
  // Returns the bytes of the layer's source that were consumed since the last rewind; may be ahead
  // of read().
  [[nodiscard]] virtual std::uint64_t source_position() const = 0;
};

}  // namespace berth::image
