// Sets and removes members of a JSON text without changing any other byte.
#include "base/json_edit.hpp"
#include "base/json_parser.hpp"

#include <doctest/doctest.h>

using namespace berth::base;

namespace {

using Path = std::vector<std::string>;

std::string set(const std::string& text, const Path& path, const Json& value) {
  auto edited = set_json_member(text, path, value);
  const auto parsed = berth::base::parse_json_lenient(edited, "edited");
  REQUIRE_MESSAGE(parsed.has_value(), edited);
  const Json* member = &*parsed;
  for (const auto& key : path) member = member != nullptr ? member->find(key) : nullptr;
  CHECK_MESSAGE((member != nullptr && *member == value), edited);
  return edited;
}

const Json kEntry = Json::object({{"auth", "eA=="}});

}  // namespace

TEST_CASE("json edit: replaces a member and keeps every other byte") {
  const struct {
    const char* text;
    Path path;
    const char* edited;
  } cases[] = {
      {R"({"n":1e3,"auths":{"a":0},"z":[1.0,12345678901234567890,{"q":-0.0}]})",
       {"auths", "a"},
       R"({"n":1e3,"auths":{"a":{"auth":"eA=="}},"z":[1.0,12345678901234567890,{"q":-0.0}]})"},
      {"{\n\t\"auths\": {\n\t\t\"a\": {\n\t\t\t\"auth\": \"\"\n\t\t}\n\t},\n\t\"x\": 1.50\n}",
       {"auths", "a"},
       "{\n\t\"auths\": {\n\t\t\"a\": {\n\t\t\t\"auth\": \"eA==\"\n\t\t}\n\t},\n\t\"x\": 1.50\n}"},
      {R"({"k\u0065y":{"a" : null , "b":"}]\"{"}} trailing)",
       {"key", "a"},
       R"({"k\u0065y":{"a" : {"auth":"eA=="} , "b":"}]\"{"}} trailing)"},
      {R"({"a":1,"a":2})", {"a"}, R"({"a":1,"a":{"auth":"eA=="}})"},
      {R"({"auths":null,"b":0})", {"auths", "a"}, R"({"auths":{"a":{"auth":"eA=="}},"b":0})"},
  };
  for (const auto& one : cases) CHECK(set(one.text, one.path, kEntry) == one.edited);
}

TEST_CASE("json edit: adds a member in the style of its siblings") {
  const struct {
    const char* text;
    Path path;
    const char* edited;
  } cases[] = {
      {R"({})", {"a"}, "{\n  \"a\": {\n    \"auth\": \"eA==\"\n  }\n}"},
      {R"({"b":1})", {"a"}, R"({"b":1,"a":{"auth":"eA=="}})"},
      {R"({ "b": 1, "c": 2 })", {"a"}, R"({ "b": 1, "c": 2, "a": {"auth":"eA=="} })"},
      {R"({"auths":{}})", {"auths", "a"}, R"({"auths":{"a":{"auth":"eA=="}}})"},
      {R"({"x":1})", {"auths", "a"}, R"({"x":1,"auths":{"a":{"auth":"eA=="}}})"},
      {"{\n\t\"auths\": {}\n}\n",
       {"auths", "a"},
       "{\n\t\"auths\": {\n\t\t\"a\": {\n\t\t\t\"auth\": \"eA==\"\n\t\t}\n\t}\n}\n"},
      {"{\n    \"auths\": {\n        \"b\": {}\n    }\n}",
       {"auths", "a"},
       "{\n    \"auths\": {\n        \"b\": {},\n        \"a\": {\n            \"auth\": "
       "\"eA==\"\n        }\n    "
       "}\n}"},
      {"\xEF\xBB\xBF{\r\n  \"b\": 1\r\n}",
       {"a"},
       "\xEF\xBB\xBF{\r\n  \"b\": 1,\r\n  \"a\": {\n    \"auth\": \"eA==\"\n  }\r\n}"},
  };
  for (const auto& one : cases) CHECK(set(one.text, one.path, kEntry) == one.edited);
}

TEST_CASE("json edit: removes a member with its comma") {
  const struct {
    const char* text;
    Path path;
    const char* edited;
  } cases[] = {
      {R"({"a":1})", {"a"}, R"({})"},
      {R"({"a":1,"b":1e3})", {"a"}, R"({"b":1e3})"},
      {R"({"b":1e3,"a":[1,{"x":"]"}]})", {"a"}, R"({"b":1e3})"},
      {R"({"b":1 , "a":2 , "c":3})", {"a"}, R"({"b":1 , "c":3})"},
      {R"({"a":1,"b":2,"a":3})", {"a"}, R"({"b":2})"},
      {"{\n  \"auths\": {\n    \"a\": {},\n    \"b\": 1.0\n  }\n}\n",
       {"auths", "a"},
       "{\n  \"auths\": {\n    \"b\": 1.0\n  }\n}\n"},
      {"{\n  \"auths\": {\n    \"a\": {}\n  }\n}\n", {"auths", "a"}, "{\n  \"auths\": {}\n}\n"},
      {R"({"a":1})", {"b"}, R"({"a":1})"},
      {R"({"a":1})", {"a", "b"}, R"({"a":1})"},
  };
  for (const auto& one : cases) CHECK(erase_json_member(one.text, one.path) == one.edited);
}
