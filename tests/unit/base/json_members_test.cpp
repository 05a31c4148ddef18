#include "base/json_members.hpp"
#include "base/json_parser.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace berth::base;

namespace {

constexpr std::array<std::string_view, 2> kNames{"a", "b"};

auto find(std::string_view text) { return find_members(text, "it", kNames); }

}  // namespace

TEST_CASE("json members: returns the text of the requested members only") {
  const auto found = find(R"( { "z" : {"a":[1,{}]} , "b":"x\"}" ,"a": [ 1, 2 ]} )");
  REQUIRE(found.has_value());
  REQUIRE((*found)[0].has_value());
  REQUIRE((*found)[1].has_value());
  CHECK((*found)[0]->text == "[ 1, 2 ]");
  CHECK((*found)[1]->text == R"("x\"}")");
  CHECK(*parse_member(*(*found)[1], "b")->as_string() == "x\"}");
}

TEST_CASE("json members: tolerates values elsewhere that parse_json() rejects") {
  for (const std::string& rest :
       {std::string(R"("x":"\ud800")"), std::string("\"x\":\"\xff\""),
        std::string(R"("x":1,"x":2)"), std::string(R"("x":1e999,"y":-0.5E+7)"),
        "\"x\":" + std::string(200'000, '[') + std::string(200'000, ']')}) {
    CAPTURE(rest.substr(0, 40));
    const std::string text = "{" + rest + ",\"a\":7}";
    const auto found = find(text);
    REQUIRE(found.has_value());
    REQUIRE((*found)[0].has_value());
    CHECK((*found)[0]->text == "7");
    CHECK_FALSE((*found)[1].has_value());
  }
}

TEST_CASE("json members: replaces invalid UTF-8 in a requested member") {
  const auto found = find("{\"a\":\"x\xffy\"}");
  REQUIRE(found.has_value());
  CHECK(*parse_member(*(*found)[0], "a")->as_string() == "x\xEF\xBF\xBDy");
}

TEST_CASE("json members: reports a key with different values as conflicting") {
  struct Case {
    const char* text;
    const char* value;
    bool conflicting;
  };
  for (const Case& c :
       {Case{R"({"a":1,"a":2})", "2", true}, Case{R"({"a" : [1] ,"a":[1]})", "[1]", false},
        Case{R"({"a":1,"\u0061":2,"a":2})", "2", true}}) {
    CAPTURE(c.text);
    const auto found = find(c.text);
    REQUIRE(found.has_value());
    REQUIRE((*found)[0].has_value());
    CHECK((*found)[0]->text == c.value);
    CHECK((*found)[0]->conflicting == c.conflicting);
  }
}

TEST_CASE("json members: refuses what is not a JSON object") {
  for (const char* text : {"",
                           "7",
                           "[]",
                           "{",
                           "{\"a\"",
                           "{\"a\":",
                           "{\"a\":1",
                           "{\"a\":1,}",
                           "{\"a\":01}",
                           "{\"a\":1.}",
                           "{\"a\":1e}",
                           "{\"a\":+1}",
                           "{\"a\":nul}",
                           "{\"a\":[1,]}",
                           "{\"a\":[1}",
                           "{\"a\":{\"b\"}}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\u12g4\"}",
                           "{\"a\":\"\n\"}",
                           "{\"a\":1}}",
                           "{\"a\":1} x",
                           "{a:1}",
                           "{,}"}) {
    CAPTURE(text);
    const auto found = find(text);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().code() == "json.invalid");
  }
  CHECK(find("{}").has_value());
}
