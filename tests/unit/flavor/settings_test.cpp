// Settings against a flavor's schema.
#include "flavor/flavor_settings.hpp"

#include <doctest/doctest.h>

#include "base/json_parser.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using base::Json;

namespace {

Json json(const std::string& text) { return base::parse_json(text, "a test's document").value(); }

std::string schema_code(const std::string& text) {
  const auto settings = flavor::settings_of(json(text));
  return settings ? "good" : settings.error().code();
}

std::string with_property(const std::string& property) {
  return schema_code(R"({"properties":{"a":)" + property + "}}");
}

const char* const kSchema = R"({"type":"object","required":["region"],"properties":{
  "region":{"type":"string","enum":["eu","us"],"description":"where it is"},
  "retries":{"type":"integer","minimum":0,"maximum":9,"default":3},
  "ratio":{"type":"number","minimum":0.5},
  "create":{"type":"boolean","default":false},
  "token":{"type":"string","x-secret":true}}})";

std::string try_values(const std::vector<std::pair<std::string, std::string>>& typed) {
  const auto settings = flavor::settings_of(json(kSchema)).value();
  const auto values = flavor::parse_settings(settings, typed);
  if (!values) return values.error().code();
  const auto checked = flavor::check_settings(settings, *values);
  return checked ? values->dump() : checked.error().code();
}

}  // namespace

TEST_CASE("settings: accepts valid schemas and rejects invalid ones") {
  CHECK(schema_code("{}") == "good");
  CHECK(schema_code(kSchema) == "good");
  for (const char* schema :
       {R"([])", R"({"type":"array"})", R"({"properties":[]})",
        R"({"required":["b"],"properties":{}})",
        R"({"required":"a","properties":{"a":{"type":"string"}}})",
        R"({"required":[1],"properties":{"a":{"type":"string"}}})",
        R"({"properties":{"tls":{"type":"boolean"}}})",
        R"({"properties":{"a=b":{"type":"string"}}})", R"({"properties":{"":{"type":"string"}}})"})
    CHECK_MESSAGE(schema_code(schema) == "flavor.bad-schema", schema);
  for (const char* property :
       {R"({})", R"(7)", R"({"type":"string","default":7})", R"({"type":"integer","default":1.5})",
        R"({"type":"string","enum":"eu"})", R"({"type":"string","enum":[1]})",
        R"({"type":"integer","minimum":"0"})", R"({"type":"string","x-secret":1})",
        R"({"type":"string","description":1})", R"({"type":"string","enum":["a"],"default":"b"})",
        R"({"type":"integer","minimum":2,"default":1})"})
    CHECK_MESSAGE(with_property(property) == "flavor.bad-schema", property);
  CHECK(with_property(R"({"type":"integer","enum":[1,2],"default":2})") == "good");
  CHECK(schema_code(R"({"additionalProperties":false})") == "flavor.incompatible");
  CHECK(with_property(R"({"type":"string","pattern":"x"})") == "flavor.incompatible");
  for (const char* skipped : {R"({"type":"object"})", R"({"type":["string"]})", R"({"type":7})"})
    CHECK_MESSAGE(with_property(skipped) == "good", skipped);
}

TEST_CASE("settings: an enum of numbers is compared by value") {
  const auto settings =
      flavor::settings_of(json(R"({"properties":{"rate":{"type":"number","enum":[1,2.5]}}})"))
          .value();
  for (const char* typed : {"1", "1.0", "2.5"}) {
    const auto values = flavor::parse_settings(settings, {{"rate", typed}}).value();
    CHECK(flavor::check_settings(settings, values).has_value());
    CHECK(json(values.dump()) == values);
  }
  CHECK_FALSE(
      flavor::check_settings(settings, flavor::parse_settings(settings, {{"rate", "2"}}).value())
          .has_value());
}

TEST_CASE("settings: rejects text that JSON cannot represent") {
  CHECK(try_values({{"region", "eu"}, {"ca-file", "/etc/caf\xe9.pem"}}) == "setting.value");
  CHECK(try_values({{"region", "eu"}, {"token", "\xff"}}) == "setting.value");
  CHECK(try_values({{"region", "eu"}, {"ca-file", "/etc/caf\u00e9.pem"}}).find("caf\u00e9") !=
        std::string::npos);
}

TEST_CASE("settings: parses values as typed") {
  CHECK(try_values({{"region", "eu"}}) == R"({"region":"eu"})");
  CHECK(try_values({{"region", "eu"}, {"retries", "9"}, {"ratio", "0.5"}, {"create", "true"}}) ==
        R"({"region":"eu","retries":9,"ratio":0.5,"create":true})");
  CHECK(try_values({{"region", "eu"}, {"tls", "false"}}) == R"({"region":"eu","tls":false})");
  CHECK(try_values({}) == "setting.missing");
  CHECK(try_values({{"region", "asia"}}) == "setting.value");
  for (const auto& wrong : std::initializer_list<std::pair<const char*, const char*>>{
           {"retries", "-1"},
           {"retries", "10"},
           {"retries", "1.5"},
           {"retries", ""},
           {"retries", "3 "},
           {"retries", "99999999999999999999"},
           {"ratio", "0.4"},
           {"ratio", "nan"},
           {"ratio", "inf"},
           {"ratio", "x"},
           {"create", "yes"},
           {"create", ""}}) {
    CAPTURE(wrong.first);
    CAPTURE(wrong.second);
    CHECK(try_values({{"region", "eu"}, {wrong.first, wrong.second}}) == "setting.value");
  }
  CHECK(try_values({{"regoin", "eu"}}) == "setting.unknown");
  const auto near =
      flavor::parse_settings(flavor::settings_of(json(kSchema)).value(), {{"regoin", "eu"}});
  CHECK(near.error().fix().find("region") != std::string::npos);
}

TEST_CASE("settings: @FILE reads a value without its trailing newline") {
  const test::TempDir directory;
  CHECK(try_values({{"region", "@" + directory.write("region", "eu\n")}}) == R"({"region":"eu"})");
  CHECK(try_values({{"region", "eu"}, {"token", "@" + directory.write("token", "a\nb\n\n")}}) ==
        R"({"region":"eu","token":"a\nb\n"})");
  CHECK(try_values({{"region", "@" + (directory / "none")}}) == "setting.file");
}

TEST_CASE("settings: no error contains the value of a secret") {
  auto schema = json(R"({"properties":{"pin":{"type":"integer","x-secret":true}}})");
  const auto values =
      flavor::parse_settings(flavor::settings_of(schema).value(), {{"pin", "hunter2"}});
  REQUIRE_FALSE(values);
  CHECK((values.error().message() + values.error().cause()).find("hunter2") == std::string::npos);
}

TEST_CASE("settings: validates stored values as a whole and fills in defaults") {
  const auto settings = flavor::settings_of(json(kSchema)).value();
  CHECK(flavor::check_settings(settings, json(R"({"region":"eu","retries":0})")));
  for (const char* stored :
       {R"([])", R"({"region":7})", R"({"region":"eu","retries":"3"})", R"({"region":"eu","x":1})"})
    CHECK_MESSAGE(!flavor::check_settings(settings, json(stored)), stored);
  const auto all = flavor::with_defaults(settings, json(R"({"region":"eu","create":true})"));
  CHECK(all.find("retries")->as_int() == 3);
  CHECK(all.find("create")->as_bool() == true);
  CHECK(all.find("ratio") == nullptr);
}
