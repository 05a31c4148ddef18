// Compression: detects the compression of an archive or a layer from its first bytes.
// gzip, zstd, xz, lzma and bzip2 are supported (decompressor.hpp); others are only recognised, with
// the command that decompresses them. Sources: RFC 1952, 2.3; RFC 8878, 3.1; The .xz File
// Format 1.2, 2.1.1; bzip2 1.0 manual; LZ4 Frame Format 1.6.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace berth::image {

enum class Compression { gzip, zstd, xz, lzma, bzip2 };

// Number of bytes that the functions below use; fewer suffice at the end of the data.
inline constexpr std::size_t kMagicSize = 16;

// Returns "gzip", "zstd", …, which is also the name of the program for that format.
std::string_view compression_name(Compression compression);

std::optional<Compression> detect_compression(std::span<const std::byte> head);

struct UnsupportedFormat {
  std::string_view name;     // "lz4", "a zip archive"
  std::string_view command;  // writes the content to standard output; append the file name
};

// Returns std::nullopt if `head` does not match a format in the list.
std::optional<UnsupportedFormat> detect_unsupported(std::span<const std::byte> head);

}  // namespace berth::image
