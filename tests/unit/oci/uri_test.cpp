#include <doctest/doctest.h>

#include "oci/registry_uri.hpp"

using berth::oci::is_loopback_host;
using berth::oci::Reference;
using berth::oci::RegistryUri;

TEST_CASE("registry uri: accepts valid URIs") {
  CHECK(RegistryUri::parse("r.example").value().str() == "r.example");
  CHECK(RegistryUri::parse("R.example/acme/").value().str() == "r.example/acme");
  CHECK(RegistryUri::parse("localhost:5000").value().host() == "localhost:5000");
  CHECK(RegistryUri::parse("index.docker.io/acme").value().str() == "docker.io/acme");
  CHECK(RegistryUri::parse("oci:/srv/images/").value().directory() == "/srv/images");
  CHECK(RegistryUri::parse("oci:/srv/images").value().is_layout());
  CHECK(RegistryUri::parse("OCI:/srv/Images").value().str() == "oci:/srv/Images");
}

TEST_CASE("registry uri: rejects invalid URIs with a reason") {
  const std::pair<const char*, const char*> cases[] = {{"", "uri.empty"},
                                                       {"https://r.example", "uri.scheme"},
                                                       {"http://r.example/", "uri.scheme"},
                                                       {"oci:relative", "uri.layout"},
                                                       {"oci:5000", "uri.layout"},
                                                       {"Oci:5000/app", "uri.layout"},
                                                       {"oci:/", "uri.layout"},
                                                       {"oci:/a/../b", "uri.layout"},
                                                       {"oci:/a//b", "uri.layout"},
                                                       {"r.example/A", "reference.repository"},
                                                       {"r.example:0", "reference.host"},
                                                       {"r.example/a:1", "reference.repository"},
                                                       {"r.example\t", "uri.characters"}};
  for (const auto& [text, code] : cases) {
    const std::string shown = text;
    CAPTURE(shown);
    const auto uri = RegistryUri::parse(text);
    REQUIRE_FALSE(uri.has_value());
    CHECK(uri.error().code() == code);
  }
  CHECK(RegistryUri::parse("https://r.example/a/").error().fix() == "write r.example/a");
  CHECK(RegistryUri::parse("r.example/a/b:1").error().fix() == "write r.example/a/b");
  CHECK(RegistryUri::parse("r.example/a@sha256:12").error().fix() == "write r.example/a");
  CHECK(RegistryUri::parse("r.example/A:1").error().fix().empty());
}

namespace {

constexpr const char* kOutside = "-";

struct Membership {
  const char* uri;
  const char* reference;
  std::string below;  // relative repository; empty: the URI names it exactly; kOutside: no match
};

}  // namespace

TEST_CASE(
    "registry uri: an image matches by host and whole path segments, or by the exact repository") {
  const Membership rows[] = {
      {"r.example", "r.example/a", "a"},
      {"r.example", "r.example/a/b:1", "a/b"},
      {"R.Example", "r.EXAMPLE/a", "a"},
      {"r.example/acme", "r.example/acme/app", "app"},
      {"r.example/acme", "r.example/acme/team/app", "team/app"},
      {"r.example/acme", "r.example/acme:1", ""},
      {"r.example/acme", "r.example/acmes/app", kOutside},
      {"r.example/acme", "r.example/acme-app", kOutside},
      {"r.example/ac", "r.example/acme/app", kOutside},
      {"r.example/acme/", "r.example/acme", ""},
      {"quay.io/acme/app", "quay.io/acme/app", ""},
      {"quay.io/acme/app", "quay.io/acme/app:1", ""},
      {"quay.io/acme/app", "quay.io/acme/app/sub:1", "sub"},
      {"quay.io/acme/app", "quay.io/acme/app2:1", kOutside},
      {"quay.io/acme/app", "quay.io/acme/ap:1", kOutside},
      {"quay.io/acme/app", "quay.io/acme:1", kOutside},
      {"quay.io/acme/app", "quay.io/app:1", kOutside},
      {"quay.io/acme/app", "ghcr.io/acme/app:1", kOutside},
      {"r.example", "r.example:443/a", kOutside},
      {"localhost:5000/a", "localhost:5000/a:1", ""},
      {"localhost:5000/a", "localhost:5001/a:1", kOutside},
      {"localhost:5000/a", "localhost/a:1", kOutside},
      {"docker.io/acme", "acme/app", "app"},
      {"index.docker.io/acme/app", "acme/app:1", ""},
      {"docker.io/library/app", "app:1", ""},
      {"index.docker.io", "app", "library/app"},
      {"docker.io/acme", "docker.io/acme:1", kOutside},
      {"oci:/srv", "r.example/a", kOutside},
  };
  for (const auto& row : rows) {
    CAPTURE(row.uri);
    CAPTURE(row.reference);
    const auto uri = RegistryUri::parse(row.uri).value();
    const auto reference = Reference::parse(row.reference).value();
    CHECK(uri.below(reference).value_or(kOutside) == row.below);
    CHECK(uri.holds(reference) == (row.below != kOutside));
  }
}

TEST_CASE("registry uri: reports which URIs can name a repository") {
  for (const char* text : {"r.example/a", "r.example/a/b", "docker.io/acme/app"}) {
    CAPTURE(text);
    CHECK(RegistryUri::parse(text).value().may_be_repository());
  }
  for (const char* text :
       {"r.example", "localhost:5000", "docker.io", "docker.io/acme", "oci:/srv/a"}) {
    CAPTURE(text);
    CHECK_FALSE(RegistryUri::parse(text).value().may_be_repository());
  }
}

TEST_CASE("registry uri: recognises loopback hosts") {
  for (const char* host :
       {"localhost", "localhost:5000", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:5000"}) {
    CAPTURE(host);
    CHECK(is_loopback_host(host));
  }
  for (const char* host :
       {"localhost.example", "128.0.0.1", "127.0.0.1.example", "[::2]", "[::1]x", "r.example"}) {
    CAPTURE(host);
    CHECK_FALSE(is_loopback_host(host));
  }
}
