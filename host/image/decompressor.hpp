// Decompressor: decompresses one stream piece by piece, member after member (gzip members, zstd frames, xz and bzip2
// streams that are concatenated are one stream). Used by one thread. Memory is bounded: at most 128 MiB for the window
// of a zstd frame, 256 MiB for an xz or lzma dictionary.
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

  // Consumes from the front of `input` and returns how many bytes were written to the front of `output` (not empty).
  // 0 means that all of `input` was consumed. Data after the last member that begins no other one is consumed, too, and
  // yields nothing: gzip(1) ignores it as well.
  // Class integrity, code "source.not-NAME" ("source.not-gzip"): the stream is damaged. Class usage, code
  // "source.window": it needs more memory than is allowed.
  virtual base::Result<std::size_t> decompress(std::span<const std::byte>& input, std::span<std::byte> output) = 0;
  // Whether the input may end here: after a member.
  [[nodiscard]] virtual bool complete() const = 0;
  // Whether there was data after the last member.
  [[nodiscard]] virtual bool has_trailing_data() const = 0;
};

// `name` is that of the archive or layer, for errors.
std::unique_ptr<Decompressor> make_decompressor(Compression compression, std::string name);

}  // namespace berth::image
