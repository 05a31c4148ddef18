// The guarantees of SECURITY.md for a plugin's process, tried from inside and checked from outside.
#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>

#include <boost/filesystem.hpp>
#include "platform/thread_limit.hpp"

#include "support/requirements.hpp"
#include "unit/flavor/plugin_fixture.hpp"

using namespace berth;
using namespace berth::test;

namespace {

std::string escaper_message(const std::vector<flavor::Finding>& findings, const std::string& what) {
  for (const auto& finding : findings)
    if (finding.code == "escaper." + what) return finding.message;
  return "not reported";
}

base::Result<std::vector<flavor::Finding>> run_escaper(PluginRun& run, const std::string& what) {
  BERTH_TRY(auto plugin, run.start("escaper", what));
  return plugin.prepare(some_image(), {});
}

bool is_sandboxed_machine() {
  PluginRun run;
  const auto plugin = run.start("escaper");
  return require_machine(
      plugin.value().sandbox().parts.files && plugin.value().sandbox().parts.system_calls,
      "Landlock and seccomp");
}

// The only child of this process.
pid_t only_child() {
  std::ifstream children("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  pid_t child = 0;
  children >> child;
  return child;
}

std::string status_line(pid_t process, const std::string& key) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key + ":"))
      return line.substr(line.find_first_not_of(" \t", key.size() + 1));
  return "no such line";
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for (boost::filesystem::directory_iterator it("/proc/self/fd"), end; it != end; ++it) ++count;
  return count;
}

}  // namespace

TEST_CASE(
    "escape: no system call reaches other processes, files, the network or the rest of the "
    "kernel") {
  if (!is_sandboxed_machine()) return;
  for (const auto& one :
       {std::pair("processes", 20U), {"files", 29U}, {"network", 15U}, {"kernel", 20U}}) {
    const std::string what = one.first;
    const auto tries = one.second;
    CAPTURE(what);
    PluginRun run;
    const auto findings = run_escaper(run, what);
    REQUIRE_MESSAGE(findings, findings.error().cause());
    CHECK(findings->size() >= tries);
    for (const auto& finding : *findings) CHECK_MESSAGE(finding.message != "done", finding.code);
  }
  CHECK_FALSE(boost::filesystem::exists("/tmp/berth-escaper"));
  CHECK_FALSE(boost::filesystem::exists("/tmp/berth-escaper-directory"));
  CHECK(no_child_left());
}

TEST_CASE("escape: the limits, descriptors and environment of a plugin's process") {
  PluginRun run;
  const auto findings = run_escaper(run, "limits").value();
  CHECK(escaper_message(findings, "core") == "0 0");
  CHECK(escaper_message(findings, "file-size") == "0 0");
  CHECK(escaper_message(findings, "files") == "64 64");
  CHECK(escaper_message(findings, "processor") == "60 60");
  CHECK(escaper_message(findings, "locked") == "0 0");
  CHECK(escaper_message(findings, "input") == "0");  // /dev/null
  CHECK(escaper_message(findings, "descriptors") == "0 1 2 3 ");
  CHECK(escaper_message(findings, "environment") == "empty");
  if (!kSanitized) {
    CHECK(escaper_message(findings, "memory") == "2147483648 2147483648");
    CHECK(escaper_message(findings, "large") == "refused");
  }
}

TEST_CASE("escape: a plugin's process has no privileges, and no way to get them") {
  if (!is_sandboxed_machine()) return;
  PluginRun run;
  const auto plugin = run.start("escaper").value();
  const auto worker = only_child();
  if (!require_machine(worker != 0, "/proc/…/children")) return;
  CHECK(status_line(worker, "NoNewPrivs") == "1");
  CHECK(status_line(worker, "Seccomp") == "2");
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
    CHECK_MESSAGE(status_line(worker, set) == "0000000000000000", set);
}

TEST_CASE("escape: what stays visible, and what only a static constructor sees") {
  if (!is_sandboxed_machine()) return;
  PluginRun run;
  const auto findings = run_escaper(run, "visible").value();
  CHECK(escaper_message(findings, "existing") == "Permission denied");
  CHECK(escaper_message(findings, "missing") == "No such file or directory");
  CHECK(escaper_message(findings, "early-size") == "visible");
  CHECK(escaper_message(findings, "early-file") == "refused");
}

TEST_CASE("escape: descriptors that a plugin attaches to frames are not received") {
  if (!is_sandboxed_machine()) return;
  const auto before = open_descriptors();
  {
    PluginRun run;
    auto plugin = run.start("escaper", "visible").value();
    CHECK(open_descriptors() <=
          before + 8);  // of the worker: channel, output, process, listener, …
    const auto findings = plugin.prepare(some_image(), {}).value();
    CHECK(std::stoul(escaper_message(findings, "early-descriptors")) > 0);
    CHECK(open_descriptors() <= before + 8);
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("escape: computation by berth for a plugin counts as the plugin's own time") {
  PluginRun run;
  run.options.call_limit = std::chrono::milliseconds(300);
  const auto findings = run_escaper(run, "compute");
  REQUIRE_FALSE(findings);
  CHECK(findings.error().code() == "plugin.hung");
  CHECK(no_child_left());
}

#if defined(__x86_64__)
TEST_CASE("escape: system calls that no filter sees terminate the process or fail") {
  for (const char* what : {"uretprobe", "uprobe"}) {
    CAPTURE(what);
    PluginRun run;
    const auto findings = run_escaper(run, what);
    if (findings) {
      CHECK(escaper_message(*findings, what) != "done");
    } else {
      CHECK(findings.error().code() == "plugin.ended");
      CHECK_MESSAGE(findings.error().cause().find("signal 4") != std::string::npos,
                    findings.error().cause());
    }
  }
}
#endif
