// The service upload-rules/1: a plugin's rules, and contradictory ones.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "unit/flavor/plugin_fixture.hpp"

using namespace berth;
using namespace berth::test;

namespace {

// The rules as text, or the error's code.
std::string rules_of(PluginRun& run, const std::string& name, const std::string& what) {
  const auto plugin = run.start(name, what);
  if (!plugin) return plugin.error().code();
  const auto& rules = plugin->upload_rules();
  return fmt::format("{}{}{}{}-{}", rules.monolithic ? "monolithic " : "",
                     rules.allow_unknown_length ? "" : "no-length ",
                     rules.verify_range ? "range " : "", rules.min_chunk_size,
                     rules.max_chunk_size);
}

}  // namespace

TEST_CASE("upload rules: returns a plugin's rules, or the defaults") {
  PluginRun run;
  const std::pair<const char*, const char*> cases[] = {
      {"", "0-0"},
      {"monolithic", "monolithic 0-0"},
      {"monolithic no-length", "monolithic no-length 0-0"},
      {"no-length", "no-length 0-0"},
      {"range", "range 0-0"},
      {"largest=65536", "0-65536"},
      {"largest=65536 smallest=65536", "65536-65536"},
      {"smallest=33554432", "33554432-0"},
      {"largest=18446744073709551615 smallest=1", "1-18446744073709551615"},
  };
  for (const auto& one : cases) CHECK(rules_of(run, "ruler", one.first) == one.second);
  CHECK(rules_of(run, "liar", "") == "0-0");
  CHECK(rules_of(run, "giver", "rules") == "1-0");
  CHECK(run.log.has("min_chunk_size=1"));
}

TEST_CASE("upload rules: rejects contradictory rules and plugin faults") {
  PluginRun run;
  for (const char* what :
       {"largest=65535", "largest=1", "smallest=33554433", "smallest=18446744073709551615",
        "largest=65536 smallest=65537", "monolithic largest=65536", "monolithic smallest=1"}) {
    CAPTURE(what);
    CHECK(rules_of(run, "ruler", what) == "plugin.bad-upload-rules");
  }
  const auto bad = run.start("ruler", "largest=65536 smallest=65537");
  CHECK(bad.error().error_class() == base::ErrorClass::plugin);
  CHECK(bad.error().cause() == "the smallest chunk has 65537 bytes, the largest 65536");
  CHECK(rules_of(run, "ruler", "throw") == "plugin.failed");
  CHECK(rules_of(run, "giver", "rules-refused") == "plugin.failed");
  CHECK(rules_of(run, "giver", "rules-incomplete") == "plugin.breach");
  run.options.create_limit = std::chrono::milliseconds(200);
  CHECK(rules_of(run, "ruler", "hang") == "plugin.hung");
  CHECK(no_child_left());
}
