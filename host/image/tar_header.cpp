#include "image/tar_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace berth::image {
namespace {

constexpr std::string_view kSparsePrefix = "GNU.sparse.";

std::string_view tar_field(const TarBlock& block, std::size_t at, std::size_t length) {
  const std::string_view field(block.data() + at, length);
  return field.substr(0, field.find('\0'));
}

// Some old programs summed signed bytes.
bool has_valid_checksum(const TarBlock& block) {
  std::int64_t sum = 0;
  std::int64_t signed_sum = 0;
  for (std::size_t i = 0; i < kTarBlock; ++i) {
    const char c = i >= 148 && i < 156 ? ' ' : block[i];
    sum += static_cast<unsigned char>(c);
    signed_sum += static_cast<signed char>(c);
  }
  const auto stored = parse_tar_number({block.data() + 148, 8});
  if (!stored) return false;
  return static_cast<std::int64_t>(*stored) == sum ||
         static_cast<std::int64_t>(*stored) == signed_sum;
}

std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// `list`: numbers with commas between them; one number is a list, too.
void append_numbers(std::string_view list, SparseRecords& sparse) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const auto number = decimal(list.substr(0, comma));
    if (!number) sparse.valid = false;
    sparse.numbers.push_back(number.value_or(0));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

// The records of all three formats; each uses some of them.
void apply_sparse_record(std::string_view key, std::string_view value, SparseRecords& sparse) {
  sparse.present = true;
  if (key == "size" || key == "realsize") {
    const auto size = decimal(value);
    sparse.valid = sparse.valid && size.has_value();
    sparse.file_size = size.value_or(0);
  }
  if (key == "major") sparse.map_in_data = value == "1";
  if (key == "offset" || key == "numbytes" || key == "map") append_numbers(value, sparse);
}

bool apply_pax_record(std::string_view key, std::string_view value, TarExtensions& extensions) {
  if (key == "path") extensions.name = value;
  if (key == "linkpath") extensions.link = value;
  if (key == "GNU.sparse.name") extensions.name = value;
  if (key.starts_with(kSparsePrefix))
    apply_sparse_record(key.substr(kSparsePrefix.size()), value, extensions.sparse);
  if (key != "size") return true;
  extensions.size = decimal(value);
  return extensions.size.has_value();
}

// Parses "LENGTH KEY=VALUE\n", where the length includes itself.
bool apply_pax_records(std::string_view records, TarExtensions& extensions) {
  while (!records.empty()) {
    std::size_t length = 0;
    const auto [end, error] =
        std::from_chars(records.data(), records.data() + records.size(), length);
    const auto key_at = static_cast<std::size_t>(end - records.data()) + 1;
    if (error != std::errc() || length > records.size() || length < key_at + 2) return false;
    const auto record = records.substr(key_at, length - key_at - 1);
    const auto equals = record.find('=');
    if (equals == std::string_view::npos) return false;
    if (!apply_pax_record(record.substr(0, equals), record.substr(equals + 1), extensions))
      return false;
    records.remove_prefix(length);
  }
  return true;
}

std::string_view without_trailing_nul(std::string_view text) {
  while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<std::uint64_t> parse_tar_number(std::string_view field) {
  if (!field.empty() && (static_cast<unsigned char>(field[0]) & 0x80U) != 0) {
    std::uint64_t value = static_cast<unsigned char>(field[0]) & 0x7FU;
    for (const char c : field.substr(1)) {
      if (value >> 55U != 0) return std::nullopt;
      value = value << 8U | static_cast<unsigned char>(c);
    }
    return value;
  }
  std::uint64_t value = 0;
  const auto first = field.find_first_not_of(' ');
  if (first == std::string_view::npos) return 0;
  const auto [end, error] =
      std::from_chars(field.data() + first, field.data() + field.size(), value, 8);
  if (error != std::errc())
    return field[first] == '\0' ? std::optional<std::uint64_t>(0) : std::nullopt;
  return value;
}

bool TarHeader::is_extension() const {
  return type == 'L' || type == 'K' || type == 'x' || type == 'X' || type == 'g';
}

std::optional<TarHeader> parse_tar_header(const TarBlock& block) {
  if (!has_valid_checksum(block)) return std::nullopt;
  const auto size = parse_tar_number({block.data() + 124, 12});
  if (!size) return std::nullopt;
  TarHeader header;
  header.size = *size;
  header.type = block[156];
  header.name = tar_field(block, 0, 100);
  header.link = tar_field(block, 157, 100);
  const auto prefix = tar_field(block, 345, 155);
  if (std::memcmp(block.data() + 257, "ustar\0", 6) == 0 && !prefix.empty())
    header.name = fmt::format("{}/{}", prefix, header.name);
  return header;
}

bool has_tar_magic(const TarBlock& block) {
  return std::memcmp(block.data() + 257, "ustar", 5) == 0;
}

bool TarExtensions::apply(char type, std::string_view data) {
  if (type == 'L') name = without_trailing_nul(data);
  if (type == 'K') link = without_trailing_nul(data);
  return (type != 'x' && type != 'X') || apply_pax_records(data, *this);
}

}  // namespace berth::image
