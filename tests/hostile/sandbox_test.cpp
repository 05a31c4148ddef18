// The remaining abilities of a plugin's process, tried by a plugin.
#include <doctest/doctest.h>

#include <unistd.h>

#include <fstream>
#include <sstream>

#include "platform/linux/system_call_filter.hpp"
#include "platform/thread_limit.hpp"
#include "support/requirements.hpp"
#include "unit/flavor/plugin_fixture.hpp"

using namespace berth;
using namespace berth::test;

namespace {

std::string message_of(const std::vector<flavor::Finding>& findings, std::string_view code) {
  for (const auto& finding : findings)
    if (finding.code == code) return finding.message;
  return "none";
}

base::Result<std::vector<flavor::Finding>> run_caller(PluginRun& run, const std::string& what) {
  BERTH_TRY(auto plugin, run.start("caller", what));
  return plugin.prepare(some_image(), {});
}

#if defined(__x86_64__)
constexpr auto kArchitecture = platform::Architecture::x86_64;
#else
constexpr auto kArchitecture = platform::Architecture::arm64;
#endif

}  // namespace

TEST_CASE("sandbox: of all system call numbers to 1023, only the table's are allowed") {
  PluginRun run;
  auto plugin = run.start("caller", "sweep").value();
  if (!require_machine(plugin.sandbox().parts.system_calls, "seccomp")) return;
  const auto prepared = plugin.prepare(some_image(), {});
  REQUIRE_MESSAGE(prepared, prepared.error().cause());
  const auto& findings = *prepared;
  std::istringstream open(message_of(findings, "caller.open"));
  for (std::uint32_t number = 0; open >> number;) {
    CAPTURE(number);
    // ioctl fails with ENOTTY.
    const bool ioctl = number == (kArchitecture == platform::Architecture::x86_64 ? 16U : 29U);
    CHECK((ioctl ||
           !platform::find_allowed_call(kArchitecture, platform::FilterStage::running, number)
                .name.empty()));
  }
}

#if defined(__x86_64__)
TEST_CASE("sandbox: x32 and int 0x80 terminate the process") {
  for (const char* what : {"x32", "i386"}) {
    CAPTURE(what);
    PluginRun run;
    const auto findings = run_caller(run, what);
    REQUIRE_FALSE(findings);
    CHECK(findings.error().code() == "plugin.ended");
    CHECK_MESSAGE(findings.error().cause().find("signal 31") != std::string::npos,
                  findings.error().cause());
  }
  CHECK(no_child_left());
}
#endif

TEST_CASE("sandbox: a thread above the limit fails with EAGAIN and affects no other process") {
  PluginRun run;
  auto plugin = run.start("caller", "threads").value();
  if (!require_machine(plugin.sandbox().thread_limit, "seccomp with a listener")) return;
  const auto findings = plugin.prepare(some_image(), {}).value();
  CHECK(message_of(findings, "caller.error") == "EAGAIN");
  const auto threads = std::stoul(message_of(findings, "caller.threads"));
  CHECK(threads <= platform::kMaxThreads);
  CHECK(threads >= platform::kMaxThreads / 2);
}

TEST_CASE("sandbox: threads, random numbers, iostreams and regular expressions of C++ work") {
  PluginRun run;
  const auto findings = run_caller(run, "runtime").value();
  CHECK(message_of(findings, "caller.random") == "works");
  CHECK(message_of(findings, "caller.regex") == "works");
  CHECK(message_of(findings, "caller.processors") != "0");
  CHECK(run.log.has("printed by the plugin"));
}

TEST_CASE("sandbox: under memory pressure the kernel kills the plugin's process first") {
  PluginRun run;
  auto plugin = run.start("caller").value();
  // The only remaining child of this test is the worker.
  std::ifstream children("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  pid_t worker = 0;
  if (!require_machine(static_cast<bool>(children >> worker), "/proc/…/children")) return;
  std::ifstream file("/proc/" + std::to_string(worker) + "/oom_score_adj");
  int adjustment = 0;
  file >> adjustment;
  CHECK(adjustment == 1000);
}
