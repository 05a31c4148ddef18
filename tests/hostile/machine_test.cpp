// Machines without a part of the sandbox, simulated by a seccomp filter (refuse_calls.hpp).
#include <doctest/doctest.h>

#include <sstream>

#include "platform/linux/system_call_filter.hpp"
#include "platform/thread_limit.hpp"
#include "support/berth.hpp"
#include "support/requirements.hpp"
#include "unit/flavor/plugin_fixture.hpp"

using namespace berth;
using namespace berth::test;

namespace {

std::string worker_without(const std::string& what) {
  return std::string(BERTH_HOSTILE_PROGRAMS) + "/worker_without_" + what;
}

// Whether this machine has the feature that a test takes away.
bool is_complete_machine() {
  PluginRun run;
  const auto plugin = run.start("caller");
  const auto& sandbox = plugin.value().sandbox();
  return require_machine(sandbox.parts.files && sandbox.parts.system_calls && sandbox.thread_limit,
                         "Landlock, and seccomp with a listener");
}

struct Missing {
  const char* what;
  const char* name;  // in messages
};
constexpr Missing kMissing[] = {{"landlock", "Landlock"}, {"seccomp", "seccomp"}};

std::string message_of(const std::vector<flavor::Finding>& findings, std::string_view code) {
  for (const auto& finding : findings)
    if (finding.code == code) return finding.message;
  return "none";
}

// `berth check` of an image with an unregistered plugin, on a machine without `without`.
CommandResult check(const Berth& berth, const std::string& without,
                    const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{std::string(BERTH_HOSTILE_PROGRAMS) + "/without",
                                     without,
                                     berth_program(),
                                     "check",
                                     "--offline",
                                     "--flavor-path",
                                     BERTH_TEST_PLUGINS,
                                     "--flavor",
                                     "caller",
                                     "--uri",
                                     "localhost:5000/acme",
                                     "localhost:5000/acme/app:1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  CommandOptions options;
  options.environment = berth.environment();
  return run_command(arguments, options);
}

}  // namespace

TEST_CASE(
    "machine: without Landlock or seccomp an unregistered plugin is refused before any of its code "
    "runs") {
  if (!is_complete_machine()) return;
  for (const auto& missing : kMissing) {
    CAPTURE(missing.what);
    PluginRun run;
    run.options.worker_program = worker_without(missing.what);
    const auto plugin = run.start("caller");
    REQUIRE_FALSE(plugin);
    CHECK(plugin.error().error_class() == base::ErrorClass::trust);
    CHECK(plugin.error().code() == "flavor.unsandboxed");
    CHECK_MESSAGE(plugin.error().cause().find(missing.name) != std::string::npos,
                  plugin.error().cause());
  }
  CHECK(no_child_left());
}

TEST_CASE(
    "machine: a registered plugin runs without Landlock or seccomp, in the remaining sandbox") {
  if (!is_complete_machine()) return;
  for (const auto& missing : kMissing) {
    CAPTURE(missing.what);
    PluginRun run;
    run.options.worker_program = worker_without(missing.what);
    run.origin = flavor::Origin::registered;
    auto plugin = run.start("caller", "runtime");
    REQUIRE_MESSAGE(plugin, plugin.error().cause());
    CHECK(plugin->sandbox().parts.files == (std::string(missing.what) != "landlock"));
    CHECK(plugin->sandbox().parts.system_calls == (std::string(missing.what) != "seccomp"));
    CHECK(plugin->sandbox().parts.privileges);
    // Without Landlock the second filter permits no file at all.
    const auto findings = plugin->prepare(some_image(), {});
    const bool has_files = std::string(missing.what) != "landlock";
    REQUIRE(findings.has_value() == has_files);
    if (has_files) CHECK(message_of(*findings, "caller.random") == "works");
  }
}

TEST_CASE("machine: without Landlock a loaded plugin cannot open files") {
  if (!is_complete_machine()) return;
  PluginRun run;
  run.options.worker_program = worker_without("landlock");
  run.origin = flavor::Origin::registered;
  auto plugin = run.start("caller", "sweep").value();
  std::istringstream open(message_of(plugin.prepare(some_image(), {}).value(), "caller.open"));
  std::uint32_t number = 0;
  int allowed = 0;
  for (; open >> number; ++allowed) {
    CHECK(number != 257);  // openat on x86-64
    CHECK(number != 56);   // openat on arm64, clone on x86-64
  }
  CHECK(allowed > 10);
}

TEST_CASE(
    "machine: if the kernel permits no listener, berth counts the threads of a plugin itself") {
  if (!is_complete_machine()) return;
  PluginRun run;
  run.options.worker_program = worker_without("listener");
  auto plugin = run.start("caller", "keep-threads");
  REQUIRE_MESSAGE(plugin, plugin.error().cause());
  CHECK(plugin->sandbox().parts.system_calls);
  CHECK_FALSE(plugin->sandbox().thread_limit);
  const auto findings = plugin->prepare(some_image(), {});
  REQUIRE_FALSE(findings);
  CHECK(findings.error().code() == "plugin.too-many-threads");
  CHECK(no_child_left());
  // A plugin below the limit works.
  PluginRun other;
  other.options.worker_program = worker_without("listener");
  CHECK(other.start("caller", "runtime").value().prepare(some_image(), {}).has_value());
}

TEST_CASE(
    "machine: berth names what is missing, and --allow-unsandboxed runs the plugin with a "
    "warning") {
  if (!is_complete_machine()) return;
  const Berth berth;
  for (const char* without : {"landlock=ENOSYS", "landlock=EOPNOTSUPP", "landlock=EPERM",
                              "seccomp=ENOSYS", "seccomp=EPERM"}) {
    CAPTURE(without);
    const std::string name = std::string(without).starts_with("landlock") ? "Landlock" : "seccomp";
    const auto refused = check(berth, without);
    CHECK(refused.status == 13);
    CHECK_MESSAGE(is_error_of_class(refused, "trust"), refused.err);
    CHECK_MESSAGE(refused.err.find(name + " is unavailable on this machine") != std::string::npos,
                  refused.err);
    CHECK_MESSAGE(refused.err.find("--allow-unsandboxed") != std::string::npos, refused.err);
    const auto allowed = check(berth, without, {"--allow-unsandboxed"});
    CHECK_MESSAGE(allowed.status == 0, allowed.err);
    CHECK_MESSAGE(allowed.err.find("is not sandboxed: " + name +
                                   " is unavailable on this machine") != std::string::npos,
                  allowed.err);
  }
  CHECK_MESSAGE(check(berth, "listener").status == 0, "a plugin is accepted without a listener");
}
