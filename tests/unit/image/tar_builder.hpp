// Builds tar archives entry by entry, so that each field can be right or wrong.
#pragma once

#include <cstdio>
#include <cstring>
#include <string>

namespace berth::test {

struct TarEntry {
  std::string name;
  std::string bytes = {};
  char type = '0';
  std::string link = {};
  std::string prefix = {};
  std::string size_field = {};  // empty: the size of `bytes`, in octal
  bool good_checksum = true;
};

inline void put_field(std::string& block, std::size_t at, const std::string& value) {
  std::memcpy(block.data() + at, value.data(), value.size());
}

inline std::string octal(std::size_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "%011zo", value);
  return text;
}

inline std::string tar_header(const TarEntry& entry) {
  std::string block(512, '\0');
  put_field(block, 0, entry.name);
  put_field(block, 124, entry.size_field.empty() ? octal(entry.bytes.size()) : entry.size_field);
  put_field(block, 148, "        ");
  block[156] = entry.type;
  put_field(block, 157, entry.link);
  put_field(block, 257, std::string("ustar\0", 6) + "00");
  put_field(block, 345, entry.prefix);
  unsigned sum = entry.good_checksum ? 0 : 1;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  char text[8];
  std::snprintf(text, sizeof text, "%06o", sum);
  put_field(block, 148, std::string(text, 7));
  return block;
}

inline std::string tar_entry(const TarEntry& entry) {
  std::string bytes = tar_header(entry) + entry.bytes;
  bytes.resize((bytes.size() + 511) / 512 * 512);
  return bytes;
}

inline std::string end_of_tar() { return std::string(1024, '\0'); }

// "LENGTH KEY=VALUE\n"
inline std::string pax_record(const std::string& key, const std::string& value) {
  const auto rest = key.size() + value.size() + 3;
  auto length = rest + std::to_string(rest).size();
  length = rest + std::to_string(length).size();
  return std::to_string(length) + " " + key + "=" + value + "\n";
}

}  // namespace berth::test
