// A plugin that writes into the channel as if it were berth-flavor-worker: berth continues, and reports no push that it
// did not make itself.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/filesystem.hpp>

#include "channel/frame.hpp"
#include "support/temp_dir.hpp"
#include "unit/flavor/plugin_fixture.hpp"

using namespace berth;
using namespace berth::test;

namespace {

std::string to_hex(const std::string& bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

std::string frame_of(const std::string& body) {
  std::string frame;
  for (unsigned i = 0; i < 4; ++i) frame += static_cast<char>(body.size() >> (8 * i) & 0xffU);
  return frame + body;
}

// Replies to each of the calls that may be outstanding, with members of other types than berth expects.
std::vector<std::string> forged_replies() {
  std::vector<std::string> forged;
  for (int call = 1; call <= 6; ++call)
    for (const char* rest :
         {R"("reply":"ok")", R"("reply":"ok","digest":"sha256:aa")", R"("reply":{})", R"("reply":"failed")",
          R"("reply":"failed","code":7,"message":[],"cause":{})", R"("reply":"failed","code":"flavor.refused")",
          R"("reply":"failed","code":"\u001b[31mred","message":"berth: pushed","cause":"")",
          R"("reply":"ok","credentials":"yes","explanations":1,"expiry":[],"upload_rules":7)",
          R"("reply":"ok","upload_rules":{"largest_chunk":-1,"smallest_chunk":1e300,"monolithic":"x"})"})
      forged.push_back(frame_of(fmt::format(R"({{"call":{},{}}})", call, rest)));
  const auto digest = some_digest().str();
  forged.push_back(frame_of(R"({"reply":"ok","call":5,"digest":")" + digest + "\"}"));
  for (const char* call : {"4.0", "\"4\"", "null", "-4", "18446744073709551615"})
    forged.push_back(frame_of(fmt::format(R"({{"reply":"ok","call":{}}})", call)));
  return forged;
}

std::vector<std::string> odd_frames() {
  std::vector<std::string> frames;
  for (boost::filesystem::directory_iterator it(BERTH_FUZZ_CORPUS "/frame"), end; it != end; ++it)
    frames.push_back(slurp(it->path().string()));
  std::string many;
  for (int i = 0; i < 1200; ++i) many += frame_of(R"({"tell":"log","text":")" + std::string(300, 'x') + "\"}");
  frames.push_back(many);
  frames.push_back(frame_of("{\"ask\":\"push\"}") + frame_of("{\"ask\":\"push\"}"));
  frames.push_back(frame_of(R"({"ask":"registry.ask","method":"DELETE","path":"/v2/","scope":"","anonymous":false})"));
  frames.push_back(frame_of("{\"ask\":" + std::string(70, '[') + std::string(70, ']') + "}"));
  return frames;
}

// The result of a push with a plugin that writes `bytes` in the call `where`: empty, or the class of the error.
std::string push_with(const std::string& bytes, const std::string& where) {
  PluginRun run;
  run.options.call_limit = std::chrono::milliseconds(500);
  CountedPush push;
  const auto push_all = [&]() -> base::Result<flavor::PushOutcome> {
    BERTH_TRY(auto plugin, run.start_with("rogue", {{"bytes", to_hex(bytes)}, {"where", where}}));
    BERTH_TRY([[maybe_unused]] const auto findings, plugin.prepare(some_image(), {}));
    return plugin.push(some_image(), push.services());
  };
  const auto outcome = push_all();
  CHECK(push.pushes <= 1);
  if (!outcome) return std::string(base::class_name(outcome.error().error_class()));
  CHECK(push.pushes == 1);
  REQUIRE(outcome->report.has_value());
  CHECK(outcome->report->digest == some_digest());
  return "";
}

}  // namespace

TEST_CASE("channel: forged replies terminate the plugin or have no effect, and never fake a push") {
  for (const auto& bytes : forged_replies())
    for (const std::string where : {"create", "prepare", "push"}) {
      CAPTURE(base::escape(bytes));
      CAPTURE(where);
      const auto error_class = push_with(bytes, where);
      CAPTURE(error_class);
      // "validation": a flavor rejects the arguments of create().
      CHECK((error_class.empty() || error_class == "plugin" || error_class == "validation"));
    }
  CHECK(no_child_left());
}

TEST_CASE("channel: malformed frames of every kind terminate the plugin or have no effect") {
  for (const auto& bytes : odd_frames())
    for (const std::string where : {"create", "prepare", "push"}) {
      CAPTURE(base::escape(bytes, 200));
      CAPTURE(where);
      const auto error_class = push_with(bytes, where);
      CAPTURE(error_class);
      // "trust": a service without permission.
      CHECK((error_class.empty() || error_class == "plugin" || error_class == "trust"));
    }
  CHECK(no_child_left());
}
