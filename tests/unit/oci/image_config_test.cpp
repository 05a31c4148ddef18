#include "oci/image_config.hpp"

#include <doctest/doctest.h>

using namespace berth::oci;

namespace {

const std::string kA = "sha256:" + std::string(64, 'a');
const std::string kB = "sha256:" + std::string(64, 'b');

std::string rootfs(const std::string& members) {
  return R"({"os":"linux","rootfs":{)" + members + "}}";
}

}  // namespace

TEST_CASE("image config: reads the platform and ignores unknown members") {
  const auto platform = config_platform(
      "{\"architecture\":\"arm64\",\"x\":\"\xff\",\"x\":1,\"variant\":\"v8\",\"os\":\"linux\"}");
  REQUIRE(platform.has_value());
  CHECK(*platform == Platform{"linux", "arm64", "v8"});
  CHECK_FALSE(config_platform("not json").has_value());
  CHECK_FALSE(config_platform(R"({"mediaType":"x"})").has_value());
}

TEST_CASE("image config: returns diff IDs in order") {
  const auto ids = config_diff_ids(
      rootfs(R"("type":"layers","type":"again","diff_ids":[")" + kB + "\",\"" + kA + "\"]"));
  REQUIRE(ids.has_value());
  REQUIRE(ids->size() == 2);
  CHECK((*ids)[0].str() == kB);
  CHECK((*ids)[1].str() == kA);
  for (const char* none :
       {"{}", R"({"rootfs":null})", R"({"rootfs":{"diff_ids":null}})", R"({"rootfs":{}})"}) {
    CAPTURE(none);
    REQUIRE(config_diff_ids(none).has_value());
    CHECK(config_diff_ids(none)->empty());
  }
}

TEST_CASE("image config: rejects invalid diff IDs") {
  for (const auto& text :
       {std::string("[]"), std::string(R"({"rootfs":[]})"), rootfs(R"("diff_ids":{})"),
        rootfs(R"("diff_ids":[1])"), rootfs(R"("diff_ids":["sha256:x"])"),
        rootfs("\"diff_ids\":[\"" + kA + "\"],\"diff_ids\":[\"" + kB + "\"]"),
        std::string(R"({"rootfs":{"diff_ids":[]},"rootfs":{}})")}) {
    CAPTURE(text);
    const auto ids = config_diff_ids(text);
    REQUIRE_FALSE(ids.has_value());
    CHECK(ids.error().code() == "config.invalid");
  }
}
