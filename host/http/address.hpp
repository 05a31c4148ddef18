// Address: an IP address and what kind of place it is; AddressRule: which kinds a request may be led to.
// The rule is for whatever names its target without being the person: a challenge's realm, a redirect, a pattern of
// hosts that a flavor declared. It is checked against the address that is dialled, whatever the name said, so that a
// name that is made to point elsewhere (DNS rebinding) does not help. Through a proxy only literals can be checked: the
// proxy resolves the names. Values; pure. Source: the IANA special-purpose address registries (RFC 6890); RFC 6052 and
// 8215 (NAT64), 3056 (6to4), 4291 (IPv4-mapped), 7526, 6598 (shared address space).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

struct sockaddr;

namespace berth::http {

enum class AddressKind : std::uint8_t {
  global,
  private_network,  // also shared (carrier-grade NAT), unique-local, site-local and benchmarking addresses
  loopback,
  link_local,
  metadata,     // where clouds tell a machine its secrets, also outside 169.254.0.0/16
  unspecified,  // 0.0.0.0/8 and ::, which reach this machine
  multicast,
  reserved,  // documentation, deprecated, not assigned: nothing that a registry would be at
};

// "a loopback address", for errors.
std::string_view kind_name(AddressKind kind);

class Address {
 public:
  // Four decimal numbers, or IPv6 with or without brackets. Nothing: a name, a zone id, an older spelling of a number.
  static std::optional<Address> parse(std::string_view literal);
  // Nothing: neither IPv4 nor IPv6.
  static std::optional<Address> of(const sockaddr& address);

  // IPv4 in IPv6 clothes (mapped, translated, compatible, NAT64, 6to4) is of the kind that the IPv4 address is.
  [[nodiscard]] AddressKind kind() const;
  // Whether the first `bits` (of 128; an IPv4 address is its mapped form, and begins after 96) are those of `network`.
  [[nodiscard]] bool is_within(const Address& network, int bits) const;
  [[nodiscard]] bool is_ipv4() const;

  friend bool operator==(const Address&, const Address&) = default;

 private:
  explicit Address(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}
  std::array<std::uint8_t, 16> bytes_;  // IPv4: its mapped form
};

// What the text of a URL's host tells without a resolver: the kind of a literal; "localhost" and names below it are
// loopback. Nothing: a name.
std::optional<AddressKind> literal_kind(std::string_view host);

class AddressRule {
 public:
  // What a person named may be anywhere.
  static AddressRule everything() { return AddressRule(0xFF); }
  static AddressRule global_only() { return AddressRule(bit(AddressKind::global)); }
  // What something at an address of that kind may lead to: global addresses and its own kind; from this machine itself
  // (a tunnel, a test) the private networks as well.
  static AddressRule named_from(AddressKind kind);

  [[nodiscard]] AddressRule allowing(AddressKind kind) const {
    return AddressRule(static_cast<std::uint8_t>(kinds_ | bit(kind)));
  }
  // What both allow.
  [[nodiscard]] AddressRule and_also(AddressRule other) const {
    return AddressRule(static_cast<std::uint8_t>(kinds_ & other.kinds_));
  }
  [[nodiscard]] bool allows(AddressKind kind) const { return (kinds_ & bit(kind)) != 0; }

  friend bool operator==(const AddressRule&, const AddressRule&) = default;

 private:
  explicit AddressRule(std::uint8_t kinds) : kinds_(kinds) {}
  static constexpr std::uint8_t bit(AddressKind kind) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
  }
  std::uint8_t kinds_;
};

}  // namespace berth::http
