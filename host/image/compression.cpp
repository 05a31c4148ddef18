#include "image/compression.hpp"

#include <algorithm>
#include <array>

namespace berth::image {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  UnsupportedFormat format;
};

constexpr std::array<Magic, 12> kUnsupported{{
    {"\x04\x22\x4d\x18"sv, {"lz4", "lz4 -dc"}},
    {"\x02\x21\x4c\x18"sv, {"lz4", "lz4 -dc"}},
    {"LZIP"sv, {"lzip", "lzip -dc"}},
    {"\x89LZO\0\r\n\x1a\n"sv, {"lzop", "lzop -dc"}},
    {"\x1f\x9d"sv, {"compress", "gzip -dc"}},
    {"\x1f\x1e"sv, {"pack", "gzip -dc"}},
    {"\xff\x06\0\0sNaPpY"sv, {"snappy", "snzip -dc"}},
    {"\xff\x06\0\0S2sTwO"sv, {"s2", "s2d -c"}},
    {"PK\x03\x04"sv, {"zip", "unzip -p"}},
    {"7z\xbc\xaf\x27\x1c"sv, {"7-Zip", "7z x -so"}},
    {"Rar!\x1a\x07"sv, {"RAR", "unrar p -inul"}},
    {"age-encryption.o"sv, {"age encryption", "age -d"}},
}};

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Starts with a block, or is an empty stream.
bool is_bzip2(std::string_view head) {
  if (!head.starts_with("BZh") || head.size() < 10 || head[3] < '1' || head[3] > '9') return false;
  return head.substr(4, 6) == "\x31\x41\x59\x26\x53\x59"sv ||
         head.substr(4, 6) == "\x17\x72\x45\x38\x50\x90"sv;
}

// Starts with a frame, or with a skippable frame (pzstd writes one before each frame).
bool is_zstd(std::string_view head) {
  if (head.starts_with("\x28\xb5\x2f\xfd"sv)) return true;
  return head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xF0U) == 0x50 &&
         head.substr(1, 3) == "\x2a\x4d\x18"sv;
}

// The format has no magic number: accepts the usual properties, a dictionary of at least 64 KiB,
// and a size that is unknown or below 2^40.
bool is_lzma(std::string_view head) {
  if (!head.starts_with("\x5d\0\0"sv) || head.size() < 13 || head.substr(3, 2) == "\0\0"sv)
    return false;
  const auto size = head.substr(5, 8);
  const bool unknown = std::all_of(size.begin(), size.end(), [](char c) { return c == '\xff'; });
  return unknown || size.substr(5) == "\0\0\0"sv;
}

}  // namespace

std::string_view compression_name(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
    case Compression::xz:
      return "xz";
    case Compression::lzma:
      return "lzma";
    case Compression::bzip2:
      return "bzip2";
  }
  return "";
}

std::optional<Compression> detect_compression(std::span<const std::byte> head) {
  const auto text = text_of(head);
  if (text.starts_with("\x1f\x8b"sv)) return Compression::gzip;
  if (is_zstd(text)) return Compression::zstd;
  if (text.starts_with("\xfd"
                       "7zXZ\0"sv))
    return Compression::xz;
  if (is_bzip2(text)) return Compression::bzip2;
  if (is_lzma(text)) return Compression::lzma;
  return std::nullopt;
}

std::optional<UnsupportedFormat> detect_unsupported(std::span<const std::byte> head) {
  const auto text = text_of(head);
  const auto* found =
      std::find_if(kUnsupported.begin(), kUnsupported.end(),
                   [&](const Magic& magic) { return text.starts_with(magic.bytes); });
  if (found == kUnsupported.end()) return std::nullopt;
  return found->format;
}

}  // namespace berth::image
