// Decompressor: decompresses a stream incrementally. Concatenated members (gzip members, zstd
// frames, xz and bzip2 streams) are one stream. Used by one thread. Memory limits: 128 MiB for the
// window of a zstd frame, 256 MiB for an xz or lzma dictionary.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"
#include "image/compression.hpp"

namespace berth::image {

class Decompressor {
 public:
  Decompressor() = default;
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  virtual ~Decompressor() = default;

  // Consumes from the front of `input`, and returns the number of bytes written to the front of
  // `output` (not empty). 0 means that all of `input` was consumed. Data after the last member that
  // is not another member is consumed and ignored, as gzip(1) does. Class integrity, code
  // "source.not-NAME" ("source.not-gzip"): the stream is damaged. Class usage, code
  // "source.window": it needs more memory than the limit.
  virtual base::Result<std::size_t> decompress(std::span<const std::byte>& input,
                                               std::span<std::byte> output) = 0;
  // Returns whether the input may end here: after a member.
  [[nodiscard]] virtual bool complete() const = 0;
  // Returns whether there was data after the last member.
  [[nodiscard]] virtual bool has_trailing_data() const = 0;
};

}  // namespace berth::image
