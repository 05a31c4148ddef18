// Parses one header of a tar archive, and extension headers, which change the next one. Supports
// ustar, V7, GNU long names and links, base-256 sizes, and pax path, linkpath and size. Source:
// POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header"; GNU tar manual, "Basic Tar
// Format".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::image {

inline constexpr std::size_t kTarBlock = 512;
using TarBlock = std::array<char, kTarBlock>;

struct TarHeader {
  std::string name;
  std::string link;
  std::uint64_t size = 0;
  char type = '0';

  [[nodiscard]] bool is_extension() const;  // its data describes the next entry
  // Links, directories, devices and pipes have no data, whatever their size field contains.
  [[nodiscard]] bool has_data() const { return type < '1' || type > '6'; }
};

// Returns std::nullopt if `block` is not a header: its checksum or its size is invalid.
std::optional<TarHeader> parse_tar_header(const TarBlock& block);

// Returns whether `block` has the magic of ustar or GNU tar: then it is a damaged header.
bool has_tar_magic(const TarBlock& block);

struct TarExtensions {
  std::string name;
  std::string link;
  std::optional<std::uint64_t> size;
  bool sparse = false;

  // Applies the data of an extension header. Returns false if it is malformed. Ignores global pax
  // headers ('g').
  bool apply(char type, std::string_view data);
};

}  // namespace berth::image
