#include <doctest/doctest.h>

#include "oci/registry_uri.hpp"

using berth::oci::is_loopback_host;
using berth::oci::Reference;
using berth::oci::RegistryUri;

TEST_CASE("registry uri: what is accepted") {
  CHECK(RegistryUri::parse("r.example").value().str() == "r.example");
  CHECK(RegistryUri::parse("R.example/acme/").value().str() == "r.example/acme");
  CHECK(RegistryUri::parse("localhost:5000").value().host() == "localhost:5000");
  CHECK(RegistryUri::parse("index.docker.io/acme").value().str() == "docker.io/acme");
  CHECK(RegistryUri::parse("oci:/srv/images/").value().directory() == "/srv/images");
  CHECK(RegistryUri::parse("oci:/srv/images").value().is_layout());
}

TEST_CASE("registry uri: what is refused, and why") {
  const std::pair<const char*, const char*> cases[] = {{"", "uri.empty"},
                                                       {"https://r.example", "uri.scheme"},
                                                       {"http://r.example/", "uri.scheme"},
                                                       {"oci:relative", "uri.layout"},
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
}

TEST_CASE("registry uri: an image belongs by host and whole path segments") {
  const auto below = [](const char* uri, const char* reference) {
    return RegistryUri::parse(uri).value().below(Reference::parse(reference).value());
  };
  CHECK(below("r.example", "r.example/a/b:1") == "a/b");
  CHECK(below("r.example/acme", "r.example/acme/app") == "app");
  CHECK(below("docker.io/acme", "acme/app") == "app");
  CHECK(below("index.docker.io", "app") == "library/app");
  CHECK_FALSE(below("r.example/ac", "r.example/acme/app").has_value());
  CHECK_FALSE(below("r.example/acme/app", "r.example/acme/app").has_value());
  CHECK_FALSE(below("r.example", "r.example:443/a").has_value());
  CHECK_FALSE(below("oci:/srv", "r.example/a").has_value());
}

TEST_CASE("registry uri: loopback hosts") {
  for (const char* host : {"localhost", "localhost:5000", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:5000"}) {
    CAPTURE(host);
    CHECK(is_loopback_host(host));
  }
  for (const char* host : {"localhost.example", "128.0.0.1", "127.0.0.1.example", "[::2]", "[::1]x", "r.example"}) {
    CAPTURE(host);
    CHECK_FALSE(is_loopback_host(host));
  }
}
