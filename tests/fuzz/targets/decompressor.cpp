// Compressed archives and layers, piece by piece.
#include <algorithm>
#include <array>

#include "fuzz/target.hpp"
#include "image/decompressor.hpp"
#include "image/make_decompressor.hpp"

namespace berth::fuzz {
namespace {

constexpr std::size_t kMaxOutput = std::size_t{4} << 20U;

// In pieces of `piece` bytes.
std::string decompress(image::Compression compression, std::span<const std::byte> input,
                       std::size_t piece, bool& damaged) {
  const auto decompressor = image::make_decompressor(compression, "the input");
  std::string result;
  std::array<std::byte, 4096> buffer{};
  while (!input.empty() && result.size() < kMaxOutput) {
    auto part = input.first(std::min(piece, input.size()));
    input = input.subspan(part.size());
    while (result.size() < kMaxOutput) {
      const auto left = part.size();
      const auto count = decompressor->decompress(part, buffer);
      damaged = !count;
      if (damaged) return result;
      require(*count <= buffer.size() && part.size() <= left,
              "only what there is, is consumed and written");
      require(*count > 0 || part.empty(), "0 bytes of output mean that all input was consumed");
      if (*count == 0) break;
      result.append(reinterpret_cast<const char*>(buffer.data()), *count);
    }
  }
  return result;
}

}  // namespace

void run_decompressor(std::string_view input) {
  const auto bytes = std::as_bytes(std::span(input));
  static_cast<void>(
      image::detect_unsupported(bytes.first(std::min(bytes.size(), image::kMagicSize))));
  const auto compression =
      image::detect_compression(bytes.first(std::min(bytes.size(), image::kMagicSize)));
  if (!compression) return;
  bool damaged = false;
  bool damaged_in_pieces = false;
  const auto whole = decompress(*compression, bytes, bytes.size(), damaged);
  const auto pieces = decompress(*compression, bytes, 7, damaged_in_pieces);
  require(damaged == damaged_in_pieces || whole.size() >= kMaxOutput,
          "pieces are as damaged as the whole");
  require(damaged || whole == pieces || whole.size() >= kMaxOutput,
          "pieces decompress to the same as the whole");
}

}  // namespace berth::fuzz
