// A plugin that writes into the channel as if it were berth-flavor-worker: berth continues, and
// reports no push that it did not make itself.
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

// Replies to each of the calls that may be outstanding, with members of other types than berth
// expects.
std::vector<std::string> forged_replies() {
  std::vector<std::string> forged;
  const std::string error =
      R"("message":"berth: pushed","cause":"","fix":"","finding":"","host_error":)";
  for (int id = 1; id <= 6; ++id)
    for (const std::string& rest :
         {std::string(R"("result":{})"), std::string(R"("result":{"digest":"sha256:aa"})"),
          std::string(R"("result":[])"), std::string(R"("error":{})"),
          std::string(R"("nothing":1)"),
          std::string(R"("error":{"code":7,"message":[],"cause":{}})"),
          R"("error":{"code":"flavor.refused",)" + error + "0}",
          R"("error":{"code":"\u001b[31mred",)" + error + "1}",
          R"("error":{"code":"plugin.failed",)" + error + "18446744073709551615}",
          R"("error":{"code":"plugin.failed",)" + error + "-1}",
          std::string(R"("result":{"extensions":"yes","recognises_expiry":1,"upload_rules":7})"),
          std::string(R"("result":{"extensions":["credentials/1"],"recognises_expiry":true,)") +
              R"("upload_rules":{"monolithic":"x","max_chunk_size":-1,"min_chunk_size":1e300}})"})
      forged.push_back(frame_of(fmt::format(R"({{"id":{},{}}})", id, rest)));
  const auto digest = some_digest().str();
  forged.push_back(frame_of(R"({"id":5,"result":{"digest":")" + digest + "\"}}"));
  for (const char* id : {"4.0", "\"4\"", "null", "-4", "18446744073709551615"})
    forged.push_back(frame_of(fmt::format(R"({{"id":{},"result":{{}}}})", id)));
  return forged;
}

std::vector<std::string> odd_frames() {
  std::vector<std::string> frames;
  for (boost::filesystem::directory_iterator it(BERTH_FUZZ_CORPUS "/frame"), end; it != end; ++it)
    frames.push_back(slurp(it->path().string()));
  std::string many;
  for (int i = 0; i < 1200; ++i)
    many += frame_of(R"({"method":"log","params":{"message":")" + std::string(300, 'x') + "\"}}");
  frames.push_back(many);
  frames.push_back(frame_of(R"({"method":"push.push","id":1,"params":{}})") +
                   frame_of(R"({"method":"push.push","id":2})"));
  frames.push_back(frame_of(
      R"({"method":"registry.request","id":1,"params":{"method":"DELETE","path":"/v2/","scope":"","unauthenticated":false}})"));
  frames.push_back(frame_of("{\"method\":" + std::string(70, '[') + std::string(70, ']') + "}"));
  for (const char* request :
       {R"({"method":"http.send","id":1,"params":{"requests":[{"url":7}]}})",
        R"({"method":7,"id":1})", R"({"method":"env.get","id":"1","params":{"name":"QQ=="}})",
        R"({"method":"file.read","id":1,"params":{"path":"!"}})",
        R"({"method":"exec.run","id":1,"params":[]})",
        R"({"method":"report","params":{"severity":"high"}})",
        R"({"method":"report","params":{"severity":2,"code":"a","message":[],"fix":""}})",
        R"({"method":"sandbox","id":1})", R"({"method":"push.push"})",
        R"({"method":"log","id":1,"params":{"message":"x"}})"})
    frames.push_back(frame_of(request));
  return frames;
}

// The result of a push with a plugin that writes `bytes` in the call `where`: empty, or the class
// of the error.
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
