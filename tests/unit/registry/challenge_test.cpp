#include <doctest/doctest.h>

#include "registry/challenge.hpp"

using berth::registry::parse_challenges;

namespace {

// "basic{realm=x}" of each, separated by spaces.
std::string printed(std::string_view header) {
  std::string text;
  for (const auto& challenge : parse_challenges(header)) {
    text += (text.empty() ? "" : " ") + challenge.scheme + "{";
    for (const auto& [name, value] : challenge.parameters) text += name + "=" + value + ";";
    text += "}";
  }
  return text;
}

}  // namespace

TEST_CASE("challenge: parses every legal spelling, and as much as possible of others") {
  const std::pair<std::string, std::string> cases[] = {
      {R"(Basic realm="r")", "basic{realm=r;}"},
      {R"(BASIC REALM=r)", "basic{realm=r;}"},
      {R"(Basic)", "basic{}"},
      {R"(Negotiate, Basic realm="r")", "negotiate{} basic{realm=r;}"},
      {R"(Bearer realm="https://a.example/token",service="r.example",scope="repository:a/b:pull,push")",
       "bearer{realm=https://a.example/token;service=r.example;scope=repository:a/b:pull,push;}"},
      {R"(Basic realm="a, Bearer realm=b")", "basic{realm=a, Bearer realm=b;}"},
      {R"(Basic realm="quo\"te\\")", R"(basic{realm=quo"te\;})"},
      {R"(Basic realm = "r" ,charset="UTF-8" , Bearer realm="t")",
       "basic{realm=r;charset=UTF-8;} bearer{realm=t;}"},
      {R"(  ,, Basic realm="r",,)", "basic{realm=r;}"},
      {R"(Basic realm="")", "basic{realm=;}"},
      {"Basic\trealm=r", "basic{realm=r;}"},
      {R"(Basic realm="never ends)", "basic{realm=never ends;}"},
      {R"(Basic realm="ends in a backslash\)", R"(basic{realm=ends in a backslash\;})"},
      {R"(realm="orphan")", ""},
      {R"(Basic realm=)", "basic{realm=;}"},
      {R"("quoted first", Basic realm="r")", "quoted{} basic{realm=r;}"},
      {"", ""},
      {"=", ""},
      {"\x01\xff ;;", ""},
      {R"(Negotiate YWJj, Basic realm="r")", "negotiate{} basic{realm=r;}"},
      {R"(Basic realm="r" Bearer realm="t")", "basic{realm=r;} bearer{realm=t;}"},
      {R"(Bearer realm="t",error="insufficient_scope",scope="a b")",
       "bearer{realm=t;error=insufficient_scope;scope=a b;}"},
      {R"(Custom YWJjZA==, Basic realm="r")", "custom{ywjjza=;} basic{realm=r;}"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(printed(one.first) == one.second);
  }
}

TEST_CASE("challenge: returns a parameter by name, the first of duplicates") {
  const auto challenges = parse_challenges(R"(Bearer Realm="a", realm="b")");
  REQUIRE(challenges.size() == 1);
  CHECK(challenges[0].parameter("realm") == "a");
  CHECK(challenges[0].parameter("service").empty());
}
