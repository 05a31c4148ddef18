#include "oci/reference.hpp"

#include <doctest/doctest.h>

using berth::oci::check_repository;
using berth::oci::check_tag;
using berth::oci::parse_host;
using berth::oci::Reference;

namespace {
const std::string kTypedDigest = "sha256:" + std::string(64, 'a');
}

TEST_CASE("reference: parses valid references to their canonical form") {
  const std::pair<std::string, std::string> cases[] = {
      {"app", "docker.io/library/app"},
      {"acme/app:1", "docker.io/acme/app:1"},
      {"docker.io/app", "docker.io/library/app"},
      {"index.docker.io/acme/app", "docker.io/acme/app"},
      {"registry-1.docker.io/acme/app", "docker.io/acme/app"},
      {"localhost/app", "localhost/app"},
      {"LocalHost/app", "localhost/app"},
      {"Prod:5000/app", "prod:5000/app"},
      {"localhost:5000/app", "localhost:5000/app"},
      {"app:5000", "docker.io/library/app:5000"},
      {"r.example/a/b/c:T.a-g_1", "r.example/a/b/c:T.a-g_1"},
      {"R.EXAMPLE:443/a", "r.example:443/a"},
      {"[::1]:5000/a:1", "[::1]:5000/a:1"},
      {"[2001:DB8::1]/a", "[2001:db8::1]/a"},
      {"127.0.0.1:5000/a", "127.0.0.1:5000/a"},
      {"r.example/a@" + kTypedDigest, "r.example/a@" + kTypedDigest},
      {"r.example/a:1@" + kTypedDigest, "r.example/a:1@" + kTypedDigest},
      {"r.example/a__b/c-----d/e.f", "r.example/a__b/c-----d/e.f"},
      {"r.example/0", "r.example/0"},
  };
  for (const auto& [text, canonical] : cases) {
    const std::string shown = text;
    CAPTURE(shown);
    const auto reference = Reference::parse(text);
    REQUIRE(reference.has_value());
    CHECK(reference->str() == canonical);
    CHECK(Reference::parse(canonical).value() == *reference);
  }
}

TEST_CASE("reference: rejects invalid references with a reason") {
  const std::pair<std::string, std::string> cases[] = {
      {"", "reference.empty"},
      {"r.example/A/b", "reference.repository"},
      {"Prod/app", "reference.repository"},
      {"r.example/a//b", "reference.repository"},
      {"r.example/", "reference.repository"},
      {"r.example/a/", "reference.repository"},
      {"/a", "reference.repository"},
      {"r.example/-a", "reference.repository"},
      {"r.example/a-", "reference.repository"},
      {"r.example/a..b", "reference.repository"},
      {"r.example/a___b", "reference.repository"},
      {"r.example/a._b", "reference.repository"},
      {"r.example/a b", "reference.repository"},
      {"r.example/a%41", "reference.repository"},
      {"r.example/é", "reference.repository"},
      {"r.example/a:", "reference.tag"},
      {"r.example/a:.b", "reference.tag"},
      {"r.example/a:-b", "reference.tag"},
      {"r.example/a:b+c", "reference.tag"},
      {"r.example/a:b/c", "reference.tag"},
      {"r.example/a/b:c/d/e", "reference.tag"},
      {"localhost:5000/a:b/c", "reference.tag"},
      {"app:feature/x", "reference.tag"},
      {"acme/app:feature/x", "reference.tag"},
      {"app:/x", "reference.host"},
      {"localhost:x/a", "reference.host"},
      {"r.example/a:" + std::string(129, 'a'), "reference.tag"},
      {"r.example/a@sha256:12", "digest.invalid"},
      {"r.example/a@" + kTypedDigest + "@" + kTypedDigest, "digest.invalid"},
      {"r.example:0/a", "reference.host"},
      {"r.example:65536/a", "reference.host"},
      {"r.example:x/a", "reference.host"},
      {"r.example:/a", "reference.host"},
      {"r..example/a", "reference.host"},
      {"-r.example/a", "reference.host"},
      {"[::1/a", "reference.host"},
      {"[1]:2/a", "reference.host"},
      {"[::1]x:2/a", "reference.host"},
      {"u@r.example/a", "digest.invalid"},
      {"https://r.example/a", "reference.scheme"},
      {"r.example/a\nb", "reference.characters"},
      {"r.example/" + std::string(250, 'a'), "reference.length"},
      {"r.example/" + std::string(256, 'a'), "reference.repository"},
  };
  for (const auto& [text, code] : cases) {
    const std::string shown = text;
    CAPTURE(shown);
    const auto reference = Reference::parse(text);
    REQUIRE_FALSE(reference.has_value());
    CHECK(reference.error().code() == code);
    CHECK(reference.error().error_class() == berth::base::ErrorClass::usage);
  }
}

TEST_CASE(
    "reference: an upper-case repository is rejected with its position and the lower-case form") {
  const auto reference = Reference::parse("r.example/team/App");
  REQUIRE_FALSE(reference.has_value());
  CHECK(reference.error().message() == "repository \"team/App\" has an upper-case letter");
  CHECK(reference.error().cause() == "at position 6 of \"team/App\"");
  CHECK(reference.error().fix() == "write team/app");
}

TEST_CASE("reference: validates single components") {
  CHECK(check_repository("a/b").has_value());
  CHECK(check_tag("1").has_value());
  CHECK(check_tag("").error().code() == "reference.tag");
  CHECK(parse_host("").error().code() == "reference.host");
  CHECK(Reference::make("r.example", "a", "1", std::nullopt)
            .value()
            .with_tag("2")
            .without_tag()
            .str() == "r.example/a");
  CHECK(Reference::make("r.example", "a", "", std::nullopt).error().code() == "reference.tag");
}

TEST_CASE("reference: rejects an invalid tag and suggests a similar valid one") {
  const std::pair<std::string, std::string> cases[] = {
      {"r.example/a:feature/login", "use the tag feature-login"},
      {"r.example/a:refs/heads/main", "use the tag refs-heads-main"},
      {"acme/app:feature/login", "use the tag feature-login"},
      {"app:feature/login", "use the tag feature-login"},
      {"localhost:5000/a:renovate/x", "use the tag renovate-x"},
      {"r.example/a:1.2.0+build.5", "use the tag 1.2.0_build.5"},
      {"r.example/a:-x", "use the tag x"},
      {"r.example/a:.-x y~", "use the tag x-y-"},
      {"r.example/a:1/2@" + kTypedDigest, "use the tag 1-2"},
      {"r.example/a:" + std::string(200, 'a'), "use the tag " + std::string(128, 'a')},
      {"r.example/a:", ""},
      {"r.example/a:-/-", ""},
  };
  for (const auto& [text, fix] : cases) {
    const std::string shown = text;
    CAPTURE(shown);
    const auto reference = Reference::parse(text);
    REQUIRE_FALSE(reference.has_value());
    CHECK(reference.error().code() == "reference.tag");
    CHECK(reference.error().fix() == fix);
    if (!fix.empty()) CHECK(check_tag(fix.substr(12)).has_value());
  }
  CHECK(Reference::parse("r.example/a:feature/login").error().message() ==
        "tag \"feature/login\" has the character \"/\"");
}
