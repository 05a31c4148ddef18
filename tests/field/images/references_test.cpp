// A URI that names one repository, and invalid tags.
#include "field/images/bench.hpp"

using namespace berth;
using test::bench;
using test::digest_of;

TEST_CASE("field: a robot account for one repository (docker-pushrm#26)") {
  auto& b = bench();
  const auto layout = b.layout("robot");
  const auto image = layout.manifest({"a"});
  layout.write_index({image});
  b.berth.register_registry("robot", "default", b.registry.host() + "/acme/app");
  for (const auto& destination : {std::string("robot:t"), b.registry.host() + "/acme/app:t"}) {
    CAPTURE(destination);
    const auto pushed = b.push_to(b.source("robot"), destination, {}, "acme/app");
    b.check_stored(pushed, digest_of(image));
    CHECK(pushed.document.string_or("registry", "") == "robot");
    CHECK(pushed.document.string_or("reference", "") == b.registry.host() + "/acme/app:t");
  }
  CHECK(b.berth.run({"check", b.source("robot"), "robot:t"}).status == 0);
  const auto outside =
      b.push_to(b.source("robot"), b.registry.host() + "/acme/other:t", {"--registry", "robot"});
  CHECK(outside.error("code") == "push.not-in-registry");
}

TEST_CASE(
    "field: branch names and build metadata as tags (moby#29189, docker/cli#4877, "
    "docker/metadata-action#29)") {
  auto& b = bench();
  const auto layout = b.layout("tags");
  layout.write_index({layout.manifest({"a"})});
  const std::pair<const char*, const char*> rows[] = {{"feature/login", "feature-login"},
                                                      {"1.2.0+build.5", "1.2.0_build.5"},
                                                      {"feature-#6-quiz", "feature--6-quiz"},
                                                      {"-eb78f51", "eb78f51"},
                                                      {"a=b", "a-b"}};
  for (const auto& [captured, similar] : rows) {
    const auto tag = captured;
    CAPTURE(tag);
    const auto refused = b.push_to(b.source("tags"), b.registry.host() + "/acme/app:" + tag);
    CHECK(refused.result.status == test::kUsage);
    CHECK(refused.error("code") == "reference.tag");
    CHECK(refused.error("fix") == std::string("use the tag ") + similar);
    CHECK(b.push(b.source("tags"), {"--tag", tag}).error("code") == "reference.tag");
    CHECK(b.push(b.source("tags"), {"--tag", similar}).result.status == 0);
  }
}
