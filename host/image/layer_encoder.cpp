#include "image/layer_encoder.hpp"

#include <fmt/format.h>
#include <isa-l.h>

#include <vector>

#include "image/chunk_compressor.hpp"
#include "oci/hasher.hpp"

namespace berth::image {
namespace {

#if defined(__x86_64__)
constexpr const char* kArchitecture = "x86-64";
#elif defined(__aarch64__)
constexpr const char* kArchitecture = "arm64";
#else
constexpr const char* kArchitecture = "other";
#endif

// Text that compresses partly, in two chunks, the second with a dictionary.
std::vector<std::byte> probe() {
  std::vector<std::byte> bytes(std::size_t{48} << 10U);
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i % 3 == 0) state = state * 1'664'525U + 1'013'904'223U;
    bytes[i] = static_cast<std::byte>('a' + (state >> 24U) % 23U);
  }
  return bytes;
}

std::string probe_hash() {
  const auto bytes = probe();
  const std::span<const std::byte> all(bytes);
  const auto half = bytes.size() / 2;
  ChunkCompressor compressor;
  oci::Hasher hasher;
  std::vector<std::byte> output;
  compressor.compress({}, all.first(half), false, output);
  hasher.update(output);
  compressor.compress(all.first(half), all.subspan(half), true, output);
  hasher.update(output);
  return std::string(hasher.finish().hex().substr(0, 16));
}

}  // namespace

const std::string& gzip_encoder_identity() {
  static const std::string identity =
      fmt::format("gzip isa-l {}.{}.{} {} level 2 chunk {} probe {}", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION,
                  ISAL_PATCH_VERSION, kArchitecture, kChunkSize, probe_hash());
  return identity;
}

}  // namespace berth::image
