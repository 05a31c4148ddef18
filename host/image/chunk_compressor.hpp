// Compresses one chunk of a layer to raw deflate data that continues the previous chunks of a gzip
// member.
// - gzip:fast: ISA-L level 2 with the LARGE level buffer: 666 MB/s per core at 1.05 times the size
// of zlib's level 6;
//   the output of level 3 depends on the CPU model.
// - gzip:small: zlib level 6: 43 MB/s per core.
// Deterministic on one architecture.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "image/layer_encoding.hpp"

namespace berth::image {

inline constexpr std::size_t kChunkSize = std::size_t{1} << 20U;
inline constexpr std::size_t kDictionarySize = std::size_t{32} << 10U;

// Used by one thread.
class ChunkCompressor {
 public:
  ChunkCompressor() = default;
  ChunkCompressor(const ChunkCompressor&) = delete;
  ChunkCompressor& operator=(const ChunkCompressor&) = delete;
  virtual ~ChunkCompressor() = default;

  // Replaces `output`. `dictionary`: the bytes before the chunk. With `last` the deflate stream
  // ends; otherwise the chunk ends on a byte boundary (sync flush).
  virtual void compress(std::span<const std::byte> dictionary, std::span<const std::byte> chunk,
                        bool last, std::vector<std::byte>& output) = 0;
};

// `codec`: gzip_fast or gzip_small.
std::unique_ptr<ChunkCompressor> make_chunk_compressor(Codec codec);

// Returns the CRC-32 used by gzip.
std::uint32_t crc32_of(std::span<const std::byte> bytes);

}  // namespace berth::image
