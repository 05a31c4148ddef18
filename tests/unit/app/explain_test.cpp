// The use case explain, without a process.
#include "app/explain.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "app/app_fixture.hpp"

using namespace berth;
using test::TestApp;

TEST_CASE("app explain: a code of the host has its class, meaning and fix") {
  TestApp process;
  const auto found = app::explain(process.app, "push.moved", process.events);
  REQUIRE(found.has_value());
  REQUIRE(found->size() == 1);
  const auto& moved = found->front();
  CHECK(moved.code == "push.moved");
  CHECK(moved.severities == std::vector<std::string>{"error"});
  CHECK(moved.classes == std::vector{base::ErrorClass::integrity});
  CHECK(moved.flavor.empty());
  CHECK_FALSE(moved.meaning.empty());
  CHECK_FALSE(moved.fix.empty());
}

TEST_CASE("app explain: the beginning of codes returns all codes below it, sorted") {
  TestApp process;
  const auto found = app::explain(process.app, "push.blob", process.events);
  REQUIRE(found.has_value());
  CHECK(found->size() > 5);
  CHECK(std::ranges::is_sorted(*found, {}, &app::Explanation::code));
  CHECK(std::ranges::all_of(*found,
                            [](const auto& each) { return each.code.starts_with("push.blob-"); }));
  const auto all = app::explain(process.app, "", process.events);
  REQUIRE(all.has_value());
  CHECK(all->size() > 190);
}

TEST_CASE("app explain: a class or an exit status returns the codes that are reported with it") {
  TestApp process;
  for (const char* text : {"integrity", "10"}) {
    CAPTURE(text);
    const auto found = app::explain(process.app, text, process.events);
    REQUIRE(found.has_value());
    CHECK(std::ranges::all_of(*found, [](const auto& each) {
      return std::ranges::count(each.classes, base::ErrorClass::integrity) == 1;
    }));
    CHECK(std::ranges::count(*found, "push.moved", &app::Explanation::code) == 1);
  }
}

TEST_CASE("app explain: a part of a name is not a beginning, and a near miss is suggested") {
  TestApp process;
  const auto part = app::explain(process.app, "push.mov", process.events);
  REQUIRE_FALSE(part.has_value());
  CHECK(part.error().error_class() == base::ErrorClass::not_found);
  CHECK(part.error().code() == "explain.unknown");
  CHECK(part.error().fix() == "berth explain push.moved");
  const auto end = app::explain(process.app, "moved", process.events);
  REQUIRE_FALSE(end.has_value());
  CHECK(end.error().fix() == "berth explain push.moved");
  const auto unknown = app::explain(process.app, "what", process.events);
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().fix() == "list all codes: berth explain");
}
