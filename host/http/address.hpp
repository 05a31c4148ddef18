// Address: an IP address and its kind; AddressPolicy: the kinds of addresses that a request may
// connect to. The rule applies to hosts that the user did not name: a challenge's realm, a
// redirect, a host pattern that a flavor declared. It is checked against the address that is
// connected to, whatever the host name is, so a name that is made to resolve to another address
// (DNS rebinding) is caught. Through a proxy only IP literals can be checked, because the proxy
// resolves names. Values; pure. Source: the IANA special-purpose address registries (RFC 6890); RFC
// 6052 and 8215 (NAT64), 3056 (6to4), 4291 (IPv4-mapped), 7526, 6598 (shared address space).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

struct sockaddr;

namespace berth::http {

enum class AddressKind : std::uint8_t {
  global,
  private_network,  // also shared (carrier-grade NAT), unique-local, site-local and benchmarking
                    // addresses
  loopback,
  link_local,
  metadata,     // where a cloud's metadata service returns a machine's secrets, also outside
                // 169.254.0.0/16
  unspecified,  // 0.0.0.0/8 and ::, which reach this machine
  multicast,
  reserved,  // documentation, deprecated or not assigned: a registry cannot have one
};

// Returns "a loopback address", for errors.
std::string_view kind_name(AddressKind kind);

class Address {
 public:
  // Parses four decimal numbers, or IPv6 with or without brackets. std::nullopt for a name, a zone
  // id, or an obsolete spelling of a number.
  static std::optional<Address> parse(std::string_view literal);
  // std::nullopt if the address is neither IPv4 nor IPv6.
  static std::optional<Address> of(const sockaddr& address);

  // IPv4 embedded in IPv6 (mapped, translated, compatible, NAT64, 6to4) has the kind of the IPv4
  // address.
  [[nodiscard]] AddressKind kind() const;
  // Returns whether the first `bits` (of 128) equal those of `network`. An IPv4 address is compared
  // in its mapped form and starts after bit 96.
  [[nodiscard]] bool is_within(const Address& network, int bits) const;
  [[nodiscard]] bool is_ipv4() const;

  friend bool operator==(const Address&, const Address&) = default;

 private:
  explicit Address(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}
  std::array<std::uint8_t, 16> bytes_;  // IPv4: its mapped form
};

// Returns the kind of a URL's host, without a resolver: of an IP literal, and loopback for
// "localhost" and names below it. std::nullopt for other names.
std::optional<AddressKind> classify_literal(std::string_view host);

class AddressPolicy {
 public:
  // For hosts that the user named: any address.
  static AddressPolicy everything() { return AddressPolicy(0xFF); }
  static AddressPolicy global_only() { return AddressPolicy(bit(AddressKind::global)); }
  // Returns the addresses that a host of that kind may refer to: global ones and its own kind. A
  // loopback host (a tunnel, a test) may also refer to private networks.
  static AddressPolicy allowed_from(AddressKind kind);

  [[nodiscard]] AddressPolicy allowing(AddressKind kind) const {
    return AddressPolicy(static_cast<std::uint8_t>(kinds_ | bit(kind)));
  }
  // Returns the rule that allows what both rules allow.
  [[nodiscard]] AddressPolicy intersect(AddressPolicy other) const {
    return AddressPolicy(static_cast<std::uint8_t>(kinds_ & other.kinds_));
  }
  [[nodiscard]] bool allows(AddressKind kind) const { return (kinds_ & bit(kind)) != 0; }

  friend bool operator==(const AddressPolicy&, const AddressPolicy&) = default;

 private:
  explicit AddressPolicy(std::uint8_t kinds) : kinds_(kinds) {}
  static constexpr std::uint8_t bit(AddressKind kind) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
  }
  std::uint8_t kinds_;
};

}  // namespace berth::http
