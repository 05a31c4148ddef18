#include "base/json_parser.hpp"

#include <doctest/doctest.h>

#include <limits>

using berth::base::Json;
using berth::base::JsonLimits;

TEST_CASE("json: keeps the order of members and round-trips") {
  const auto parsed = berth::base::parse_json(
      R"({"b":1,"a":[true,null,-2,1.5,"x\u00e9\n"],"c":{},"d":[],"e":18446744073709551615})", "it");
  REQUIRE(parsed.has_value());
  CHECK(
      parsed->dump() ==
      "{\"b\":1,\"a\":[true,null,-2,1.5,\"xé\\n\"],\"c\":{},\"d\":[],\"e\":18446744073709551615}");
}

TEST_CASE("json: rejects invalid documents") {
  JsonLimits narrow;
  narrow.depth = 3;
  narrow.values = 10;
  narrow.bytes = 64;
  for (const char* text :
       {"", "{", "[1,]", "{\"a\":1,\"a\":2}", "nul", "1 2", "\"\xff\"", "[[[[1]]]]",
        "[1,2,3,4,5,6,7,8,9,10]",
        "\"0123456789012345678901234567890123456789012345678901234567890123\""}) {
    CAPTURE(text);
    const auto parsed = berth::base::parse_json(text, "it", narrow);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code() == "json.invalid");
    CHECK_FALSE(parsed.error().cause().empty());
  }
}

TEST_CASE("json: a zero byte is not the end of a document") {
  using namespace std::string_view_literals;
  for (const auto text : {"{}\0"sv, "{\"a\":1}\0{\"a\":2}"sv, "[1\0]"sv, "\0{}"sv, "\"\0\""sv}) {
    const auto parsed = berth::base::parse_json(text, "it");
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code() == "json.invalid");
  }
  CHECK(berth::base::parse_json(R"("\u0000")", "it")->as_string()->size() == 1);
  // Padding of a file of another tool, as text after the document.
  CHECK(berth::base::parse_json_lenient("{\"a\":1}\0\0"sv, "it")->find("a")->as_int() == 1);
}

TEST_CASE("json: a hundred thousand levels are refused without recursion") {
  CHECK_FALSE(berth::base::parse_json(std::string(100'000, '['), "it").has_value());
}

TEST_CASE("json: typed reads reject other types and out-of-range values") {
  const auto parsed =
      berth::base::parse_json(R"({"n":-1,"s":"t","f":1.0,"big":9223372036854775808})", "it");
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

TEST_CASE("json: supports set, erase and pretty printing") {
  Json json;
  json.set("a", 1);
  json.set("a", Json::array({1, "two"}));
  json.set("b", Json::object());
  CHECK(json.erase("missing") == false);
  CHECK(json.pretty() == "{\n  \"a\": [\n    1,\n    \"two\"\n  ],\n  \"b\": {}\n}\n");
}

TEST_CASE("json: enforces its limits exactly") {
  JsonLimits limits;
  limits.bytes = 20;
  limits.depth = 2;
  limits.values = 4;
  CHECK(berth::base::parse_json("[[1,2]]", "it", limits).has_value());
  CHECK_FALSE(berth::base::parse_json("[[1,2,3]]", "it", limits).has_value());
  CHECK_FALSE(berth::base::parse_json("[[[1]]]", "it", limits).has_value());
  CHECK(berth::base::parse_json("\"" + std::string(18, 'a') + "\"", "it", limits).has_value());
  CHECK_FALSE(
      berth::base::parse_json("\"" + std::string(19, 'a') + "\"", "it", limits).has_value());
}

TEST_CASE("json: rejects duplicate members at every level, only within one object") {
  CHECK(berth::base::parse_json(R"({"a":{"a":1},"b":{"a":2}})", "it").has_value());
  CHECK(berth::base::parse_json(R"([{"a":1},{"a":1}])", "it").has_value());
  for (const char* text : {R"({"a":1,"b":2,"a":3})", R"({"x":{"a":1,"a":1}})", R"([{"":1,"":1}])",
                           R"({"a":1,"\u0061":2})"}) {
    CAPTURE(text);
    const auto parsed = berth::base::parse_json(text, "it");
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().cause().find("duplicate key") == 0);
  }
}

TEST_CASE("json: errors name the document and the position") {
  for (const char* text : {"[1", "01", "+1", "1.", ".5", "NaN", "'a'", "[1 2]", "{a:1}", "{\"a\"}",
                           "\"\\x\"", "\"\n\"", "tru", "// c\n1", "\"\\ud800\"", "1e999"}) {
    CAPTURE(text);
    const auto parsed = berth::base::parse_json(text, "the manifest");
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().error_class() == berth::base::ErrorClass::validation);
    CHECK(parsed.error().message() == "cannot parse the manifest");
  }
}

TEST_CASE("json: reads what it wrote") {
  const auto text = Json::object({{"quote \" \\ / \x01 \x7f", "é \t"},
                                  {"least", std::numeric_limits<std::int64_t>::min()},
                                  {"most", std::numeric_limits<std::uint64_t>::max()},
                                  {"real", 0.1},
                                  {"none", nullptr},
                                  {"empty", Json::array()},
                                  {"flag", false}});
  for (const auto& written : {text.dump(), text.pretty()}) {
    CAPTURE(written);
    const auto read = berth::base::parse_json(written, "it");
    REQUIRE(read.has_value());
    CHECK(*read == text);
  }
  CHECK(Json("a\u0080\u009b\u200f\u2028\u202e\u2066\ufeff\u061cé€\u200b").dump() ==
        R"("a\u0080\u009b\u200f\u2028\u202e\u2066\ufeff\u061cé€)"
        "\u200b\"");
  CHECK(Json("\xff").dump() == "\"\uFFFD\"");
  CHECK(Json(std::numeric_limits<double>::infinity()).dump() == "null");
}

TEST_CASE("json: numbers are equal by value, however they are written") {
  const auto number = [](const char* text) { return berth::base::parse_json(text, "it").value(); };
  for (const char* one : {"1", "1.0", "1e0", "10e-1"}) CHECK(number(one) == Json(1));
  CHECK(number("-0") == number("0.0"));
  CHECK(number("[1, {\"a\": 2.0}]") == number("[1.0, {\"a\": 2}]"));
  CHECK_FALSE(number("1") == number("1.5"));
  CHECK_FALSE(number("9007199254740993") == number("9007199254740992.0"));
  CHECK_FALSE(number("18446744073709551615") == number("-1"));
  CHECK_FALSE(number("1") == number("true"));
  CHECK_FALSE(number("1") == number("\"1\""));
  CHECK(number(Json(1.0).dump().c_str()) == Json(1.0));
}

TEST_CASE("json: lenient parsing accepts what Go accepts, and a byte order mark") {
  const struct {
    const char* text;
    const char* read;
  } cases[] = {{"\xEF\xBB\xBF{}", "{}"},
               {R"({"a":1,"a":{"b":2}})", R"({"a":{"b":2}})"},
               {"{\"a\":\"x\xFFy\"}", "{\"a\":\"x\uFFFDy\"}"},
               {"{}\n}", "{}"},
               {"null x", "null"}};
  for (const auto& one : cases) {
    CAPTURE(one.text);
    const auto parsed = berth::base::parse_json_lenient(one.text, "it");
    REQUIRE(parsed.has_value());
    CHECK(parsed->dump() == one.read);
  }
  for (const char* text : {"", "{", "{'a':1}", "{\"a\":1,}", "\xFF"})
    CHECK_FALSE(berth::base::parse_json_lenient(text, "it").has_value());
  const auto keys =
      berth::base::parse_json(R"({"Auths":1,"auths":2,"CREDSSTORE":3})", "it").value();
  CHECK(keys.find_any_case("auths")->as_int() == 2);
  CHECK(keys.find_any_case("credsStore")->as_int() == 3);
  CHECK(keys.find_any_case("auth") == nullptr);
}
