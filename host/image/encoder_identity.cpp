#include "image/encoder_identity.hpp"

#include <fmt/format.h>
#include <isa-l.h>
#include <zlib.h>

#include <array>
#include <mutex>
#include <vector>

#include "image/chunk_compressor.hpp"
#include "image/zstd_frame.hpp"
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

std::string short_hash(oci::Hasher& hasher) {
  return std::string(hasher.finish().hex().substr(0, 16));
}

std::string gzip_probe(Codec codec) {
  const auto bytes = probe();
  const std::span<const std::byte> all(bytes);
  const auto half = bytes.size() / 2;
  const auto compressor = make_chunk_compressor(codec);
  oci::Hasher hasher;
  std::vector<std::byte> output;
  compressor->compress({}, all.first(half), false, output);
  hasher.update(output);
  compressor->compress(all.first(half), all.subspan(half), true, output);
  hasher.update(output);
  return short_hash(hasher);
}

std::string zstd_identity(int level) {
  ZstdFrame frame(level, 1);
  const auto bytes = probe();
  std::span<const std::byte> rest(bytes);
  std::vector<std::byte> output(2 * bytes.size());
  oci::Hasher hasher;
  while (!frame.complete())
    hasher.update(std::span(output).first(frame.compress(rest, true, output)));
  return fmt::format("zstd {} {} chunk {} probe {}", frame.parameters(), kArchitecture, kChunkSize,
                     short_hash(hasher));
}

const std::string& zstd_identity_once(int level) {
  static std::array<std::once_flag, kMaxZstdLevel + 1> created;
  static std::array<std::string, kMaxZstdLevel + 1> identities;
  const auto index = static_cast<std::size_t>(level);
  std::call_once(created.at(index), [&] { identities.at(index) = zstd_identity(level); });
  return identities.at(index);
}

}  // namespace

const std::string& encoder_identity(const Encoding& encoding) {
  static const std::string fast = fmt::format(
      "gzip isa-l {}.{}.{} {} level 2 chunk {} probe {}", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION,
      ISAL_PATCH_VERSION, kArchitecture, kChunkSize, gzip_probe(Codec::gzip_fast));
  static const std::string keep;
  if (encoding.codec == Codec::keep) return keep;
  if (encoding.codec == Codec::zstd) return zstd_identity_once(encoding.level);
  if (encoding.codec == Codec::gzip_fast) return fast;
  static const std::string small =
      fmt::format("gzip zlib {} {} level 6 chunk {} probe {}", zlibVersion(), kArchitecture,
                  kChunkSize, gzip_probe(Codec::gzip_small));
  return small;
}

}  // namespace berth::image
