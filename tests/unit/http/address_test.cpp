// Classes of addresses, and which of them a server may redirect to.
#include <doctest/doctest.h>
#include <netinet/in.h>

#include <algorithm>
#include <string>
#include <vector>

#include "http/address.hpp"

using namespace berth;
using http::Address;
using http::AddressKind;
using http::AddressPolicy;

TEST_CASE("address: classifies every special network in every embedded form") {
  using enum AddressKind;
  const struct {
    const char* literal;
    AddressKind kind;
  } cases[] = {
      {"8.8.8.8", global},
      {"1.0.0.1", global},
      {"9.255.255.255", global},
      {"11.0.0.0", global},
      {"100.63.255.255", global},
      {"100.128.0.0", global},
      {"126.255.255.255", global},
      {"128.0.0.0", global},
      {"169.253.255.255", global},
      {"169.255.0.0", global},
      {"172.15.255.255", global},
      {"172.32.0.0", global},
      {"192.167.255.255", global},
      {"192.169.0.0", global},
      {"198.17.255.255", global},
      {"198.20.0.0", global},
      {"223.255.255.255", global},
      {"0.0.0.0", unspecified},
      {"0.1.2.3", unspecified},
      {"10.0.0.0", private_network},
      {"10.255.255.255", private_network},
      {"100.64.0.0", private_network},
      {"100.127.255.255", private_network},
      {"172.16.0.0", private_network},
      {"172.31.255.255", private_network},
      {"192.168.0.1", private_network},
      {"198.18.0.1", private_network},
      {"198.19.255.255", private_network},
      {"127.0.0.1", loopback},
      {"127.255.255.255", loopback},
      {"169.254.0.1", link_local},
      {"169.254.169.253", link_local},
      {"169.254.169.254", metadata},
      {"169.254.170.2", metadata},
      {"169.254.170.23", metadata},
      {"100.100.100.200", metadata},
      {"168.63.129.16", metadata},
      {"192.0.0.192", metadata},
      {"192.0.0.1", reserved},
      {"192.0.2.1", reserved},
      {"192.88.99.1", reserved},
      {"198.51.100.1", reserved},
      {"203.0.113.1", reserved},
      {"224.0.0.1", multicast},
      {"239.255.255.255", multicast},
      {"240.0.0.1", reserved},
      {"255.255.255.255", reserved},
      {"::", unspecified},
      {"::1", loopback},
      {"[::1]", loopback},
      {"0:0:0:0:0:0:0:1", loopback},
      {"::2", unspecified},
      {"2606:4700::1111", global},
      {"2a00:1450:4001::1", global},
      {"2001:200::1", global},
      {"2001:4860:4860::8888", global},
      {"2000::1", global},
      {"3ffe::1", global},
      {"fe80::1", link_local},
      {"febf::1", link_local},
      {"fec0::1", private_network},
      {"fc00::1", private_network},
      {"fdff::1", private_network},
      {"fd00:ec2::254", metadata},
      {"fd00:ec2::23", metadata},
      {"fd20:ce::254", metadata},
      {"fd00:ec2::255", private_network},
      {"ff02::1", multicast},
      {"ff00::", multicast},
      {"2001::1", reserved},  // Teredo
      {"2001:db8::1", reserved},
      {"3fff::1", reserved},
      {"100::1", reserved},
      {"4000::1", reserved},
      {"5f00::1", reserved},
      {"64:ff9b:1::a00:1", reserved},  // NAT64 with a local prefix
      {"::ffff:8.8.8.8", global},
      {"::ffff:127.0.0.1", loopback},
      {"::ffff:a9fe:a9fe", metadata},
      {"::ffff:10.1.2.3", private_network},
      {"::ffff:0.0.0.0", unspecified},
      {"::ffff:0:127.0.0.1", loopback},  // translated
      {"::127.0.0.1", loopback},         // compatible
      {"::10.0.0.1", private_network},
      {"64:ff9b::8.8.8.8", global},
      {"64:ff9b::127.0.0.1", loopback},
      {"64:ff9b::a9fe:a9fe", metadata},
      {"64:ff9b::c0a8:1", private_network},
      {"2002:808:808::1", global},
      {"2002:7f00:1::", loopback},
      {"2002:a00:1::1", private_network},
  };
  for (const auto& one : cases) {
    CAPTURE(one.literal);
    const auto address = Address::parse(one.literal);
    REQUIRE(address.has_value());
    CHECK(http::kind_name(address->kind()) == http::kind_name(one.kind));
  }
}

TEST_CASE("address: anything but an IP literal is a name") {
  for (const std::string text :
       {"", "localhost", "r.example", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1",
        "127.0.0.1.", "1.2.3.4.5", "256.0.0.1", "fe80::1%lo", "fe80::1%25lo", "[::1", "::1]", "[]",
        "[127.0.0.1]:80", ":::", " 127.0.0.1"}) {
    CAPTURE(text);
    CHECK_FALSE(Address::parse(text).has_value());
  }
  CHECK_FALSE(Address::parse(std::string("127.0.0.1\0x", 11)).has_value());
}

TEST_CASE("address: classifies resolved addresses") {
  sockaddr_in6 storage{};
  storage.sin6_family = AF_INET6;
  storage.sin6_addr = in6addr_loopback;
  CHECK(Address::of(reinterpret_cast<const sockaddr&>(storage)) == Address::parse("::1"));
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(0xA9FEA9FE);
  CHECK(Address::of(reinterpret_cast<const sockaddr&>(in)) ==
        Address::parse("::ffff:169.254.169.254"));
  in.sin_family = AF_UNIX;
  CHECK_FALSE(Address::of(reinterpret_cast<const sockaddr&>(in)).has_value());
}

TEST_CASE("address: classifies the text of a host") {
  const struct {
    const char* host;
    std::optional<AddressKind> kind;
  } cases[] = {{"localhost", AddressKind::loopback},
               {"LocalHost.", AddressKind::loopback},
               {"a.localhost", AddressKind::loopback},
               {"notlocalhost", std::nullopt},
               {"localhost.evil.example", {}},
               {"127.0.0.1", AddressKind::loopback},
               {"127.0.0.1.", AddressKind::loopback},
               {"[fe80::1]", AddressKind::link_local},
               {"r.example", std::nullopt},
               {"8.8.8.8", AddressKind::global},
               {"", std::nullopt}};
  for (const auto& one : cases) {
    CAPTURE(one.host);
    CHECK((http::classify_literal(one.host) == one.kind));
  }
}

TEST_CASE("address policy: allows the origin's own kind of address and public addresses") {
  using enum AddressKind;
  constexpr AddressKind kAll[] = {global,   private_network, loopback,  link_local,
                                  metadata, unspecified,     multicast, reserved};
  const struct {
    AddressKind from;
    std::vector<AddressKind> to;
  } cases[] = {
      {global, {global}},
      {private_network, {global, private_network}},
      {loopback, {global, loopback, private_network}},
      {unspecified, {global, unspecified, loopback, private_network}},
      {link_local, {global, link_local}},
  };
  for (const auto& one : cases)
    for (const auto kind : kAll) {
      const bool expected = std::find(one.to.begin(), one.to.end(), kind) != one.to.end();
      CAPTURE(http::kind_name(one.from));
      CAPTURE(http::kind_name(kind));
      CHECK(AddressPolicy::allowed_from(one.from).allows(kind) == expected);
    }
  for (const auto kind : kAll) CHECK(AddressPolicy::everything().allows(kind));
  const auto both =
      AddressPolicy::allowed_from(loopback).intersect(AddressPolicy::allowed_from(private_network));
  CHECK(both == AddressPolicy::global_only().allowing(private_network));
}
