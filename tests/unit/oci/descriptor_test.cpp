#include "oci/descriptor.hpp"

#include <doctest/doctest.h>

using berth::base::Json;
using berth::oci::Descriptor;
using berth::oci::Platform;

namespace {
const std::string kDigest = "sha256:" + std::string(64, 'a');

berth::base::Result<Descriptor> descriptor(const std::string& members) {
  return Descriptor::from_json(Json::parse("{" + members + "}", "it").value());
}
}  // namespace

TEST_CASE("descriptor: what it keeps") {
  const auto parsed =
      descriptor(R"("mediaType":"t","digest":")" + kDigest +
                 R"(","size":7,"annotations":{"a":"b"},"platform":{"os":"linux","architecture":"arm64",)"
                 R"("variant":"v8"},"urls":["u"],"unknown":1)");
  REQUIRE(parsed.has_value());
  CHECK(parsed->media_type == "t");
  CHECK(parsed->size == 7);
  CHECK(*parsed->annotation("a") == "b");
  CHECK(parsed->annotation("x") == nullptr);
  CHECK(parsed->platform->str() == "linux/arm64/v8");
  CHECK(parsed->urls.size() == 1);
}

TEST_CASE("descriptor: what is refused") {
  const std::string digest = R"("digest":")" + kDigest + "\"";
  for (const std::string& members :
       {digest, digest + R"(,"size":-1)", digest + R"(,"size":1.5)", digest + R"(,"size":"7")",
        digest + R"(,"size":18446744073709551615)", std::string(R"("size":1)"), std::string(R"("size":1,"digest":"x")"),
        std::string(R"("size":1,"digest":7)"), digest + R"(,"size":1,"mediaType":7)",
        digest + R"(,"size":1,"mediaType":"a\nb")"}) {
    CAPTURE(members);
    const auto parsed = descriptor(members);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code() == "descriptor.invalid");
    CHECK(parsed.error().exit_status() == 10);
  }
  CHECK_FALSE(Descriptor::from_json(Json(1)).has_value());
}

TEST_CASE("platform: parsed and matched") {
  const auto wanted = [](const char* text) { return Platform::parse(text).value(); };
  CHECK(wanted("linux/arm64/v8").matches(wanted("linux/arm64")));
  CHECK_FALSE(wanted("linux/arm64").matches(wanted("linux/arm64/v8")));
  CHECK_FALSE(wanted("linux/amd64").matches(wanted("windows/amd64")));
  for (const char* bad : {"", "linux", "linux/", "/amd64", "linux/arm/v7/x", "Linux/amd64", "linux amd64/x"}) {
    CAPTURE(bad);
    CHECK(Platform::parse(bad).error().code() == "platform.invalid");
  }
}
