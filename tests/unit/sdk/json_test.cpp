// berth/json.hpp compared with another parser, and malicious text.
#include <doctest/doctest.h>
#include <berth/json.hpp>

#include <nlohmann/json.hpp>

using berth::Json;

namespace {

bool same(const Json& ours, const nlohmann::json& theirs) {
  if (theirs.is_string())
    return ours.kind() == Json::Kind::string && ours.text() == theirs.get<std::string>();
  if (theirs.is_array()) {
    bool all = ours.kind() == Json::Kind::array && ours.items().size() == theirs.size();
    for (std::size_t i = 0; all && i < theirs.size(); ++i) all = same(ours.items()[i], theirs[i]);
    return all;
  }
  if (!theirs.is_object()) return true;  // validated if it is a member
  bool all = ours.kind() == Json::Kind::object;
  for (const auto& [name, value] : theirs.items()) {
    const Json* found = ours.find(name);
    all = all && found != nullptr && same(*found, value);
    if (value.is_number()) all = all && ours.number(name) == value.get<double>();
    if (value.is_boolean()) all = all && ours.boolean(name) == value.get<bool>();
    if (value.is_null()) all = all && found != nullptr && found->kind() == Json::Kind::null;
  }
  return all;
}

// Accepted by both with the same value, or rejected by both.
bool agrees(const std::string& text) {
  const auto ours = Json::parse(text);
  const auto theirs = nlohmann::json::parse(text, nullptr, false);
  return ours.has_value() != theirs.is_discarded() && (!ours || same(*ours, theirs));
}

const std::string kDocument =
    R"({"key":"docker-local", "rclass" : "local","n":-12.5e+2,"zero":0,"yes":true,"no":false,
 "none":null,"list":[1,[],{},"a\"\\\/\b\f\n\r\tz"],"deep":{"er":{"est":"\u00e9\u20ac\ud83d\ude00\u0041"}},"":""})";

}  // namespace

TEST_CASE("json: returns values by name and type") {
  const auto json = Json::parse(kDocument);
  REQUIRE(json);
  CHECK(json->string("key") == "docker-local");
  CHECK(json->number("n") == -1250);
  CHECK(json->boolean("yes") == true);
  CHECK(json->boolean("no") == false);
  CHECK(json->names().front() == "key");
  CHECK(json->items().empty());
  CHECK(json->find("list")->names().empty());
  CHECK(json->find("list")->items().at(3).text() == "a\"\\/\b\f\n\r\tz");
  CHECK(json->find("deep")->find("er")->string("est") ==
        "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"
        "A");
  CHECK(json->find("none")->kind() == Json::Kind::null);
  for (const char* absent : {"absent", "", "n", "yes", "none", "list"})
    CHECK_FALSE(json->string(absent));
  for (const char* absent : {"absent", "key", "yes"}) CHECK_FALSE(json->number(absent));
  for (const char* absent : {"absent", "key", "n", "none"}) CHECK_FALSE(json->boolean(absent));
  CHECK(json->find("key")->find("key") == nullptr);
  CHECK(Json::parse(R"({"a":"1","a":"2"})")->string("a") == "2");
}

TEST_CASE("json: quoted strings round-trip") {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  for (const std::string& text : {all, std::string("caf\xC3\xA9"), std::string()}) {
    CHECK(Json::parse(berth::json_quote(text))->text() == text);
    CHECK(nlohmann::json::parse(berth::json_quote(text)) == text);
  }
}

TEST_CASE("json: rejects invalid documents with the line") {
  int line = 0;
  CHECK_FALSE(Json::parse("{\n \"a\": 1,\n \"b\": <html>\n}", &line));
  CHECK(line == 3);
  CHECK_FALSE(Json::parse("", &line));
  CHECK(line == 1);
  for (const char* text : {"{} {}",       "[1,]",
                           "{\"a\":1,}",  "{\"a\"}",
                           "{a:1}",       "'a'",
                           "tru",         "truex",
                           "nul",         "+1",
                           "01",          "1.",
                           ".5",          "1e",
                           "1e999",       "-",
                           "NaN",         "\"\\x\"",
                           "\"\\u12\"",   "\"\\u12g4\"",
                           "\"\\ud800\"", "\"\\ud800\\u0041\"",
                           "\"\\udc00\"", "\"a\nb\"",
                           "\"a",         "[",
                           "[1",          "{",
                           "{\"a\":",     "\xEF\xBB\xBF",
                           "// c\n1",     "\\",
                           "\"\\"}) {
    CAPTURE(text);
    CHECK_FALSE(Json::parse(text));
  }
  CHECK_FALSE(Json::parse(std::string("\"a\0b\"", 5)));
  CHECK_FALSE(Json::parse(std::string("1\0", 2)));
}

TEST_CASE("json: limits depth but not size") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(Json::parse(nested(32)));
  CHECK_FALSE(Json::parse(nested(33)));
  CHECK_FALSE(Json::parse(std::string(1 << 20, '[')));
  CHECK_FALSE(Json::parse(std::string(1 << 20, '{')));
  std::string wide = "[0";
  while (wide.size() < 1 << 20) wide += ",[]";
  CHECK(Json::parse(wide + "]")->items().size() > 300'000);
}

TEST_CASE("json: agrees with another parser on truncated and mutated documents") {
  CHECK(agrees(kDocument));
  for (std::size_t at = 0; at < kDocument.size(); ++at) {
    CAPTURE(at);
    CHECK(agrees(kDocument.substr(0, at)));
    for (const char other : std::string("\"\\{}[]:,0.e-ux \n\x01")) {
      std::string changed = kDocument;
      changed[at] = other;
      CAPTURE(other);
      CHECK(agrees(changed));
    }
  }
}
