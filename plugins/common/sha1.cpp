#include "common/sha1.hpp"

#include <array>
#include <cstdint>

namespace berth::common {
namespace {

using State = std::array<std::uint32_t, 5>;

std::uint32_t rotated(std::uint32_t value, unsigned bits) {
  return value << bits | value >> (32U - bits);
}

void add_block(State& hash, const char* block) {
  std::array<std::uint32_t, 80> schedule{};
  for (std::size_t i = 0; i < 64; ++i)
    schedule[i / 4] = schedule[i / 4] << 8U | static_cast<unsigned char>(block[i]);
  for (std::size_t i = 16; i < 80; ++i)
    schedule[i] =
        rotated(schedule[i - 3] ^ schedule[i - 8] ^ schedule[i - 14] ^ schedule[i - 16], 1);
  auto [a, b, c, d, e] = hash;
  for (std::size_t i = 0; i < 80; ++i) {
    std::uint32_t mixed = b ^ c ^ d;
    std::uint32_t constant = i < 40 ? 0x6ED9EBA1U : 0xCA62C1D6U;
    if (i < 20) {
      mixed = (b & c) | (~b & d);
      constant = 0x5A827999U;
    } else if (i >= 40 && i < 60) {
      mixed = (b & c) | (b & d) | (c & d);
      constant = 0x8F1BBCDCU;
    }
    const std::uint32_t next = rotated(a, 5) + mixed + e + constant + schedule[i];
    e = d;
    d = c;
    c = rotated(b, 30);
    b = a;
    a = next;
  }
  hash = {hash[0] + a, hash[1] + b, hash[2] + c, hash[3] + d, hash[4] + e};
}

}  // namespace

std::string sha1(std::string_view bytes) {
  std::string padded(bytes);
  padded += '\x80';
  padded.resize((padded.size() + 8 + 63) / 64 * 64 - 8);
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8)
    padded += static_cast<char>(bits >> static_cast<unsigned>(shift) & 255U);
  State hash{0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U};
  for (std::size_t at = 0; at < padded.size(); at += 64) add_block(hash, padded.data() + at);
  std::string digest;
  for (const std::uint32_t value : hash)
    for (int shift = 24; shift >= 0; shift -= 8)
      digest += static_cast<char>(value >> static_cast<unsigned>(shift) & 255U);
  return digest;
}

}  // namespace berth::common
