// Compression: recognises the compression of an archive or a layer by its first bytes.
// gzip, zstd, xz, lzma and bzip2 are read (decompressor.hpp); others are only named, with the command that unpacks
// them. Sources: RFC 1952, 2.3; RFC 8878, 3.1; The .xz File Format 1.2, 2.1.1; bzip2 1.0 manual; LZ4 Frame Format 1.6.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace berth::image {

enum class Compression { gzip, zstd, xz, lzma, bzip2 };

// How many bytes the functions below look at; fewer are enough if there are no more.
inline constexpr std::size_t kMagicSize = 16;

// "gzip", "zstd", …: also the name of the program that packs and unpacks it.
std::string_view compression_name(Compression compression);

std::optional<Compression> detect_compression(std::span<const std::byte> head);

struct UnsupportedFormat {
  std::string_view name;     // "lz4", "a zip archive"
  std::string_view command;  // writes the content to standard output; the file name is appended
};

// std::nullopt if `head` is not that of a format in the list: it may be anything else.
std::optional<UnsupportedFormat> detect_unsupported(std::span<const std::byte> head);

}  // namespace berth::image
