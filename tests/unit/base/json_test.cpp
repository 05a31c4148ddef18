#include "base/json.hpp"

#include <doctest/doctest.h>

using berth::base::Json;
using berth::base::JsonLimits;

TEST_CASE("json: keeps the order of members and writes what it read") {
  const auto parsed =
      Json::parse(R"({"b":1,"a":[true,null,-2,1.5,"x\u00e9\n"],"c":{},"d":[],"e":18446744073709551615})", "it");
  REQUIRE(parsed.has_value());
  CHECK(parsed->dump() == "{\"b\":1,\"a\":[true,null,-2,1.5,\"xé\\n\"],\"c\":{},\"d\":[],\"e\":18446744073709551615}");
}

TEST_CASE("json: refuses what is not acceptable") {
  JsonLimits narrow;
  narrow.depth = 3;
  narrow.values = 10;
  narrow.bytes = 64;
  for (const char* text :
       {"", "{", "[1,]", "{\"a\":1,\"a\":2}", "nul", "1 2", "\"\xff\"", "[[[[1]]]]", "[1,2,3,4,5,6,7,8,9,10]",
        "\"0123456789012345678901234567890123456789012345678901234567890123\""}) {
    CAPTURE(text);
    const auto parsed = Json::parse(text, "it", narrow);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code() == "json.invalid");
    CHECK_FALSE(parsed.error().cause().empty());
  }
}

TEST_CASE("json: a hundred thousand levels are refused without recursion") {
  CHECK_FALSE(Json::parse(std::string(100'000, '['), "it").has_value());
}

TEST_CASE("json: typed reads refuse other types and what does not fit") {
  const auto parsed = Json::parse(R"({"n":-1,"s":"t","f":1.0,"big":9223372036854775808})", "it");
  REQUIRE(parsed.has_value());
  CHECK(parsed->find("n")->as_int() == -1);
  CHECK_FALSE(parsed->find("n")->as_uint().has_value());
  CHECK_FALSE(parsed->find("s")->as_int().has_value());
  CHECK_FALSE(parsed->find("f")->as_int().has_value());
  CHECK_FALSE(parsed->find("big")->as_int().has_value());
  CHECK(parsed->find("big")->as_uint() == 9223372036854775808ULL);
  CHECK(parsed->find("missing") == nullptr);
  CHECK(parsed->string_or("s", "") == "t");
  CHECK(parsed->string_or("n", "x") == "x");
}

TEST_CASE("json: set, erase and pretty") {
  Json json;
  json.set("a", 1);
  json.set("a", Json::array({1, "two"}));
  json.set("b", Json::object());
  CHECK(json.erase("missing") == false);
  CHECK(json.pretty() == "{\n  \"a\": [\n    1,\n    \"two\"\n  ],\n  \"b\": {}\n}\n");
}
