#include "oci/descriptor.hpp"

#include <doctest/doctest.h>

#include "base/json_parser.hpp"
#include "oci/hasher.hpp"

using berth::base::Json;
using berth::oci::Descriptor;

namespace {
const std::string kDigest = "sha256:" + std::string(64, 'a');

berth::base::Result<Descriptor> descriptor(const std::string& members) {
  return Descriptor::from_json(berth::base::parse_json("{" + members + "}", "it").value());
}
}  // namespace

TEST_CASE("descriptor: keeps the members of the specification") {
  const auto parsed = descriptor(
      R"("mediaType":"t","digest":")" + kDigest +
      R"(","size":7,"annotations":{"a":"b"},"platform":{"os":"linux","architecture":"arm64",)"
      R"("variant":"v8"},"urls":["u"],"unknown":1)");
  REQUIRE(parsed.has_value());
  CHECK(parsed->media_type == "t");
  CHECK(parsed->size == 7);
  CHECK(*parsed->annotation("a") == "b");
  CHECK(parsed->annotation("x") == nullptr);
  CHECK(parsed->platform->str() == "linux/arm64");
  CHECK(parsed->urls.size() == 1);
}

TEST_CASE("descriptor: rejects invalid descriptors") {
  const std::string digest = R"("digest":")" + kDigest + "\"";
  for (const std::string& members :
       {digest, digest + R"(,"size":-1)", digest + R"(,"size":1.5)", digest + R"(,"size":"7")",
        digest + R"(,"size":18446744073709551615)", std::string(R"("size":1)"),
        std::string(R"("size":1,"digest":"x")"), std::string(R"("size":1,"digest":7)"),
        digest + R"(,"size":1,"mediaType":7)", digest + R"(,"size":1,"mediaType":"a\nb")"}) {
    CAPTURE(members);
    const auto parsed = descriptor(members);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code() == "descriptor.invalid");
    CHECK(parsed.error().exit_status() == 10);
  }
  CHECK_FALSE(Descriptor::from_json(Json(1)).has_value());
}

TEST_CASE("descriptor: optional members may be absent, null or of another type") {
  const std::string base = R"("size":1,"digest":")" + kDigest + "\"";
  for (
      const char* rest :
      {"",
       R"(,"mediaType":null,"annotations":null,"platform":null,"urls":null,"data":null,"artifactType":null)",
       R"(,"annotations":[],"platform":"x","urls":"u","data":7)", R"(,"platform":{},"urls":[null])",
       R"(,"platform":{"os":"linux"})", R"(,"platform":{"os":"","architecture":""})"}) {
    CAPTURE(rest);
    const auto parsed = descriptor(base + rest);
    REQUIRE(parsed.has_value());
    CHECK(parsed->media_type.empty());
    CHECK_FALSE(parsed->platform.has_value());
    CHECK(parsed->urls.empty());
    CHECK_FALSE(parsed->data.has_value());
  }
}

TEST_CASE("descriptor: reports an unsupported digest algorithm as unsupported, not as damage") {
  const auto parsed = descriptor(R"("size":1,"digest":"blake3:)" + std::string(64, 'a') + "\"");
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().code() == "descriptor.algorithm");
  CHECK(parsed.error().exit_status() == 3);
  CHECK(parsed.error().message() == "unsupported digest algorithm \"blake3\"");
}

TEST_CASE("descriptor: uses embedded data only if it matches size and digest") {
  const auto with_data = [](const std::string& data, std::size_t size, const std::string& of) {
    return descriptor(R"("size":)" + std::to_string(size) + R"(,"digest":")" +
                      berth::oci::digest_of(of).str() + R"(","data":")" + data + "\"")
        .value();
  };
  CHECK(with_data("YWJj", 3, "abc").data == "abc");
  CHECK(*embedded_content(with_data("YWJj", 3, "abc")) == "abc");
  CHECK_FALSE(with_data("YWJj", 4, "abc").data.has_value());
  CHECK_FALSE(with_data("YWJk", 3, "abc").data.has_value());
  CHECK_FALSE(with_data("*", 3, "abc").data.has_value());
  CHECK(embedded_content(with_data("*", 3, "abc")) == nullptr);
  CHECK(*embedded_content(with_data("", 2, "{}")) == "{}");
}
