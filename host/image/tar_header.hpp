// Parses one header of a tar archive, and extension headers, which change the next one. Supports
// ustar, V7, GNU long names and links, base-256 sizes, and pax path, linkpath, size and
// GNU.sparse.*. Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header"; GNU tar
// manual, "Basic Tar Format" and "Storing Sparse Files".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// Parses an octal number with spaces around it, or a base-256 number (GNU).
std::optional<std::uint64_t> parse_tar_number(std::string_view field);

// The pax records of a sparse file.
struct SparseRecords {
  bool present = false;
  bool valid = true;
  bool map_in_data = false;  // format 1.0: the map stands before the data
  std::uint64_t file_size = 0;
  std::vector<std::uint64_t> numbers = {};  // formats 0.0 and 0.1: offset, size, offset, size …
};

struct TarExtensions {
  std::string name;
  std::string link;
  std::optional<std::uint64_t> size;
  SparseRecords sparse;

  // Applies the data of an extension header. Returns false if it is malformed. Ignores global pax
  // headers ('g').
  bool apply(char type, std::string_view data);
};

}  // namespace berth::image
