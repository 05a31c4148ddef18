#include "http/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace berth::http {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

struct Network4 {
  std::uint32_t first;
  int bits;
  AddressKind kind;
};

constexpr std::uint32_t ipv4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24U | b << 16U | c << 8U | d;
}

// Narrower networks come before wider ones. The single addresses are documented metadata services
// of cloud providers.
constexpr Network4 kNetworks4[] = {
    {ipv4(169, 254, 169, 254), 32, AddressKind::metadata},
    {ipv4(169, 254, 170, 2), 32, AddressKind::metadata},
    {ipv4(169, 254, 170, 23), 32, AddressKind::metadata},
    {ipv4(100, 100, 100, 200), 32, AddressKind::metadata},
    {ipv4(168, 63, 129, 16), 32, AddressKind::metadata},
    {ipv4(192, 0, 0, 192), 32, AddressKind::metadata},
    {ipv4(0, 0, 0, 0), 8, AddressKind::unspecified},
    {ipv4(10, 0, 0, 0), 8, AddressKind::private_network},
    {ipv4(100, 64, 0, 0), 10, AddressKind::private_network},
    {ipv4(127, 0, 0, 0), 8, AddressKind::loopback},
    {ipv4(169, 254, 0, 0), 16, AddressKind::link_local},
    {ipv4(172, 16, 0, 0), 12, AddressKind::private_network},
    {ipv4(192, 0, 0, 0), 24, AddressKind::reserved},
    {ipv4(192, 0, 2, 0), 24, AddressKind::reserved},
    {ipv4(192, 88, 99, 0), 24, AddressKind::reserved},
    {ipv4(192, 168, 0, 0), 16, AddressKind::private_network},
    {ipv4(198, 18, 0, 0), 15, AddressKind::private_network},
    {ipv4(198, 51, 100, 0), 24, AddressKind::reserved},
    {ipv4(203, 0, 113, 0), 24, AddressKind::reserved},
    {ipv4(224, 0, 0, 0), 4, AddressKind::multicast},
    {ipv4(240, 0, 0, 0), 4, AddressKind::reserved},
};

struct Network6 {
  const char* first;
  int bits;
  AddressKind kind;
};

constexpr Network6 kNetworks6[] = {
    {"fd00:ec2::254", 128, AddressKind::metadata},
    {"fd00:ec2::23", 128, AddressKind::metadata},
    {"fd20:ce::254", 128, AddressKind::metadata},
    {"::", 128, AddressKind::unspecified},
    {"::1", 128, AddressKind::loopback},
    {"fe80::", 10, AddressKind::link_local},
    {"fec0::", 10, AddressKind::private_network},
    {"fc00::", 7, AddressKind::private_network},
    {"ff00::", 8, AddressKind::multicast},
    {"2001::", 23, AddressKind::reserved},
    {"2001:db8::", 32, AddressKind::reserved},
    {"3fff::", 20, AddressKind::reserved},
    {"2000::", 3, AddressKind::global},
};

// IPv6 prefixes that embed an IPv4 address, and the offset of its first byte.
struct Carrier {
  const char* prefix;
  int bits;
  std::size_t at;
};

constexpr Carrier kCarriers[] = {
    {"::ffff:0:0", 96, 12},    // mapped
    {"::ffff:0:0:0", 96, 12},  // translated
    {"64:ff9b::", 96, 12},     // NAT64
    {"2002::", 16, 2},         // 6to4
    {"::", 96, 12},            // compatible
};

AddressKind kind_of_ipv4(std::uint32_t address) {
  for (const auto& network : kNetworks4)
    if ((address ^ network.first) >> static_cast<unsigned>(32 - network.bits) == 0)
      return network.kind;
  return AddressKind::global;
}

bool same_bits(const Bytes& left, const Bytes& right, int bits) {
  for (int i = 0; i < bits; ++i) {
    const auto byte = static_cast<std::size_t>(i / 8);
    if (((left[byte] ^ right[byte]) & (0x80U >> static_cast<unsigned>(i % 8))) != 0) return false;
  }
  return true;
}

Bytes bytes_of(const char* literal) {
  Bytes bytes{};
  ::inet_pton(AF_INET6, literal, bytes.data());
  return bytes;
}

Bytes mapped(const std::uint8_t* ipv4_bytes) {
  Bytes bytes = bytes_of("::ffff:0:0");
  std::copy_n(ipv4_bytes, 4, bytes.begin() + 12);
  return bytes;
}

}  // namespace

std::string_view kind_name(AddressKind kind) {
  switch (kind) {
    case AddressKind::global:
      return "a global address";
    case AddressKind::private_network:
      return "an address of a private network";
    case AddressKind::loopback:
      return "a loopback address";
    case AddressKind::link_local:
      return "a link-local address";
    case AddressKind::metadata:
      return "the address of a cloud's metadata service";
    case AddressKind::unspecified:
      return "an unspecified address";
    case AddressKind::multicast:
      return "a multicast address";
    case AddressKind::reserved:
      return "a reserved address";
  }
  return "";
}

std::optional<Address> Address::parse(std::string_view literal) {
  if (literal.size() >= 2 && literal.front() == '[' && literal.back() == ']')
    literal = literal.substr(1, literal.size() - 2);
  const std::string text(literal);
  if (text.size() != literal.size() || text.find('\0') != std::string::npos) return std::nullopt;
  Bytes bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return Address(bytes);
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return Address(mapped(bytes.data()));
  return std::nullopt;
}

std::optional<Address> Address::of(const sockaddr& address) {
  Bytes bytes{};
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in6{};
    std::memcpy(&in6, &address, sizeof in6);
    std::memcpy(bytes.data(), &in6.sin6_addr, bytes.size());
    return Address(bytes);
  }
  if (address.sa_family != AF_INET) return std::nullopt;
  sockaddr_in in{};
  std::memcpy(&in, &address, sizeof in);
  std::memcpy(bytes.data(), &in.sin_addr, 4);
  return Address(mapped(bytes.data()));
}

AddressKind Address::kind() const {
  for (const auto& network : kNetworks6)
    if (network.bits == 128 && bytes_ == bytes_of(network.first)) return network.kind;
  for (const auto& carrier : kCarriers)
    if (same_bits(bytes_, bytes_of(carrier.prefix), carrier.bits)) {
      const auto* at = bytes_.data() + carrier.at;
      return kind_of_ipv4(ipv4(at[0], at[1], at[2], at[3]));
    }
  for (const auto& network : kNetworks6)
    if (same_bits(bytes_, bytes_of(network.first), network.bits)) return network.kind;
  return AddressKind::reserved;
}

bool Address::is_within(const Address& network, int bits) const {
  return same_bits(bytes_, network.bytes_, bits);
}

bool Address::is_ipv4() const { return same_bits(bytes_, bytes_of("::ffff:0:0"), 96); }

std::optional<AddressKind> classify_literal(std::string_view host) {
  if (!host.empty() && host.back() == '.') host.remove_suffix(1);
  std::string name(host);
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (name == "localhost" || name.ends_with(".localhost")) return AddressKind::loopback;
  if (const auto address = Address::parse(name)) return address->kind();
  return std::nullopt;
}

AddressPolicy AddressPolicy::allowed_from(AddressKind kind) {
  const auto rule = global_only().allowing(kind);
  // A server on all addresses of this machine is reached at the loopback address.
  if (kind == AddressKind::unspecified) return allowed_from(AddressKind::loopback).allowing(kind);
  return kind == AddressKind::loopback ? rule.allowing(AddressKind::private_network) : rule;
}

}  // namespace berth::http
