// ko-build/ko#88: "localhost:5000" is also an image on Docker Hub with the tag 5000.
#include <doctest/doctest.h>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"

using namespace berth;
using test::Berth;

TEST_CASE(
    "field: a destination without a repository is reported as that, not taken for an image on "
    "Docker Hub") {
  struct Row {
    const char* destination;
    const char* fix;  // without the final "write"
  };
  const std::vector<Row> rows{{"localhost:5000", "localhost:5000/REPOSITORY:TAG"},
                              {"localhost", "localhost/REPOSITORY:TAG"},
                              {"127.0.0.1:5000", "127.0.0.1:5000/REPOSITORY:TAG"},
                              {"[::1]:5000", "[::1]:5000/REPOSITORY:TAG"},
                              {"ghcr.example", "ghcr.example/REPOSITORY:TAG"},
                              {"ghcr.example:443", "ghcr.example:443/REPOSITORY:TAG"},
                              {"docker.io", "docker.io/REPOSITORY:TAG"},
                              {"https://ghcr.example", "ghcr.example/REPOSITORY:TAG"},
                              {"https://ghcr.example/", "ghcr.example/REPOSITORY:TAG"},
                              {"registry:5000", "registry:5000/REPOSITORY:TAG"},
                              {"localhost:5000/", "localhost:5000/REPOSITORY:TAG"},
                              {"localhost:5000/:1.2", "localhost:5000/REPOSITORY:1.2"},
                              {"prod/", "prod/REPOSITORY:TAG"},
                              {"/", "/REPOSITORY:TAG"},
                              {"/:1", "/REPOSITORY:1"}};
  const test::TempDir directory;
  test::write_layout(directory, "img", "1", {"one"});
  const Berth berth;
  for (const auto* command : {"push", "check"})
    for (const auto& row : rows) {
      CAPTURE(row.destination);
      const auto refused =
          berth.run({command, "-q", "-o", "json", "oci:" + (directory / "img"), row.destination});
      CHECK(refused.status == 2);
      const auto document = base::parse_json(refused.out, "standard output");
      REQUIRE(document.has_value());
      const auto* error = document->find("error");
      REQUIRE(error != nullptr);
      CHECK(error->string_or("code", "") == "destination.repository");
      CHECK(error->string_or("fix", "") == std::string("write ") + row.fix);
      CHECK(refused.err.find("Docker Hub") == std::string::npos);
    }
}

TEST_CASE("field: a registered Docker Hub takes names with any tag") {
  const test::TempDir directory;
  test::write_layout(directory, "img", "1", {"one"});
  const Berth berth;
  berth.register_registry("hub", "default", "docker.io");
  const auto planned = berth.run({"push", "--dry-run", "oci:" + (directory / "img"), "app:2024"});
  CHECK(planned.status == 0);
  CHECK(planned.out.rfind("docker.io/library/app:2024: ", 0) == 0);
  CHECK(berth.run({"push", "--dry-run", "oci:" + (directory / "img"), "localhost:5000"}).status ==
        2);
}
