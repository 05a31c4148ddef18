// Every fault of a plugin's process becomes an error that names the plugin, the call and the cause.
#include <doctest/doctest.h>

#include "support/requirements.hpp"
#include "unit/flavor/plugin_fixture.hpp"

using namespace berth;
using namespace berth::test;

namespace {

// Starts it, validates, pushes and stops: returns the first error.
base::Result<void> run_all(PluginRun& run, const std::string& name, const std::string& what,
                           const std::string& where, CountedPush& push) {
  BERTH_TRY(auto plugin, run.start(name, what, where));
  BERTH_TRY([[maybe_unused]] const auto findings, plugin.prepare(some_image(), push.services()));
  BERTH_TRY([[maybe_unused]] const auto outcome, plugin.push(some_image(), push.services()));
  return plugin.close();
}

struct Fault {
  const char* what;
  const char* code;
  const char* cause;  // part of it
  bool slow = false;
};

const Fault kFaults[] = {
    {"abort", "plugin.ended", "signal 6"},
    {"hang", "plugin.hung", "did not respond within"},
    {"exit", "plugin.ended", "exited with status"},
    {"_exit", "plugin.ended", "status 0"},
    {"segfault", "plugin.ended", "it "},
    {"overflow", "plugin.ended", "it "},
    {"garbage", "plugin.garbage", "sent a malformed frame"},
    {"array", "plugin.garbage", "not a JSON object"},
    {"huge-frame", "plugin.garbage", "4294967295 bytes"},
    {"half-frame", "plugin.hung", "did not respond within", true},
    {"close", "plugin.ended", "closed its channel", true},
    {"silent-hang", "plugin.hung", "did not respond within", true},
};

const std::pair<const char*, const char*> kCalls[] = {{"create", "create"},
                                                      {"prepare", "prepare_image_push"},
                                                      {"push", "push_image"},
                                                      {"destroy", "destroy"}};

// The timeout of that call; the previous one in `push` has the same.
void shorten(flavor::PluginOptions& options, const std::string& where) {
  if (where == "create") options.create_limit = std::chrono::milliseconds(100);
  if (where == "prepare" || where == "push") options.call_limit = std::chrono::milliseconds(200);
  if (where == "destroy") options.destroy_limit = std::chrono::milliseconds(100);
}

void check_fault(const Fault& fault, const std::string& where, const std::string& call) {
  CAPTURE(fault.what);
  CAPTURE(where);
  PluginRun run;
  if (std::string(fault.code) == "plugin.hung") shorten(run.options, where);
  CountedPush push;
  const auto result = run_all(run, "hostile", fault.what, where, push);
  REQUIRE_FALSE(result);
  CHECK(result.error().error_class() == base::ErrorClass::plugin);
  CHECK(result.error().code() == fault.code);
  CHECK_MESSAGE(result.error().message().find(plugin_path("hostile") + " failed in " + call) !=
                    std::string::npos,
                result.error().message());
  CHECK_MESSAGE(result.error().cause().find(fault.cause) != std::string::npos,
                result.error().cause());
  CHECK(push.pushes == (where == "destroy" ? 1 : 0));
  CHECK(no_child_left());
}

}  // namespace

TEST_CASE("hostile: a fault in any call is an error of class plugin, and no process remains") {
  // Faults that end by a timeout are tried in one call only; a hang in all.
  for (const auto& fault : kFaults)
    for (const auto& [where, call] : kCalls)
      if (std::string(where) == "prepare" || !fault.slow) check_fault(fault, where, call);
}

TEST_CASE(
    "hostile: an exception is an error with its message, escaped; Failure in create rejects the "
    "registry") {
  PluginRun run;
  CountedPush push;
  for (const auto& place : kCalls) {
    const std::string where = place.first;
    if (where == "destroy") continue;
    CAPTURE(where);
    const auto thrown = run_all(run, "hostile", "throw", where, push);
    CHECK(thrown.error().code() == "plugin.failed");
    CHECK(thrown.error().cause() == "I do not \\x1b[31mlike it");
    const auto number = run_all(run, "hostile", "throw-int", where, push);
    CHECK(number.error().code() == "plugin.failed");
    CHECK(number.error().message().find(place.second) != std::string::npos);
  }
  const auto refused = run_all(run, "hostile", "failure", "create", push);
  CHECK(refused.error().error_class() == base::ErrorClass::validation);
  CHECK(refused.error().code() == "flavor.refused");
  CHECK(refused.error().cause() == "not for me");
  CHECK(refused.error().fix().empty());
  const auto with_fix = run_all(run, "hostile", "failure-fix", "create", push);
  CHECK(with_fix.error().error_class() == base::ErrorClass::validation);
  CHECK(with_fix.error().code() == "hostile.uri");
  CHECK(with_fix.error().cause() == "not \\x1b[31mfor me");
  CHECK(with_fix.error().fix() == "use \\x1b[31manother");
  CHECK(run_all(run, "hostile", "failure-foreign", "create", push).error().code() ==
        "flavor.refused");
  CHECK(run_all(run, "hostile", "failure", "prepare", push).error().code() == "plugin.failed");
  CHECK(run_all(run, "hostile", "throw", "destroy", push).error().code() == "plugin.ended");
  CHECK(no_child_left());
}

TEST_CASE(
    "hostile: constructors that hang, exit or abort, and a descriptor that differs from the note") {
  PluginRun run;
  run.options.load_limit = std::chrono::milliseconds(1'000);
  for (const auto& fault : {std::pair("constructor-hang", "plugin.hung"),
                            {"constructor-exit", "plugin.ended"},
                            {"constructor-abort", "plugin.ended"}}) {
    const std::string name = fault.first;
    CAPTURE(name);
    const auto started = run.start(name);
    REQUIRE_FALSE(started);
    CHECK(started.error().code() == fault.second);
    CHECK(started.error().exit_status() == 12);
    CHECK(started.error().message().find("failed in loading") != std::string::npos);
  }
  const auto differs = run.start("constructor-differ");
  REQUIRE_FALSE(differs);
  CHECK(differs.error().code() == "flavor.note-differs");
  CHECK(differs.error().exit_status() == 13);
  CHECK(no_child_left());
}

TEST_CASE("hostile: a flood of output ends at the deadline; the log keeps a bounded part") {
  for (const char* what : {"flood", "flood-line"}) {
    CAPTURE(what);
    PluginRun run;
    run.options.call_limit = std::chrono::milliseconds(300);
    CountedPush push;
    const auto result = run_all(run, "hostile", what, "prepare", push);
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == "plugin.hung");
    CHECK(run.log.has("output truncated"));
    CHECK(run.log.bytes() < 200'000);
  }
}

TEST_CASE("hostile: output is logged line by line, including an unterminated last line") {
  PluginRun run;
  CountedPush push;
  CHECK(run_all(run, "hostile", "print", "prepare", push));
  CHECK(run.log.has("printed=\x1b[2Jred"));  // the terminal's printer escapes it
  CHECK(run.log.has("printed=second line"));
}

TEST_CASE("hostile: a surplus reply is not taken for that of the next call") {
  PluginRun run;
  CountedPush push;
  CHECK(run_all(run, "hostile", "extra-reply", "prepare", push).error().code() == "plugin.garbage");
  CHECK(push.pushes == 0);
}

TEST_CASE("hostile: time in which a plugin does not read counts as its own") {
  PluginRun run;
  run.options.call_limit = std::chrono::seconds(2);
  CountedPush push;
  const auto result = run_all(run, "hostile", "deaf", "prepare", push);
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == "plugin.hung");
  CHECK_MESSAGE(result.error().cause().find("did not read") != std::string::npos,
                result.error().cause());
}

TEST_CASE("hostile: a plugin cannot forge an error code of the host") {
  PluginRun run;
  CountedPush push;
  CHECK(run_all(run, "hostile", "forged-code", "prepare", push).error().code() == "plugin.failed");
}

TEST_CASE("hostile: the numbers of findings and requests are limited") {
  PluginRun run;
  CountedPush push;
  CHECK(run_all(run, "hostile", "findings", "prepare", push).error().code() ==
        "plugin.too-many-calls");
  CHECK(run_all(run, "hostile", "ask-much", "prepare", push).error().code() ==
        "plugin.too-many-calls");
  auto plugin = run.start("hostile", "long-finding", "prepare").value();
  const auto findings = plugin.prepare(some_image(), push.services()).value();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].code == "hostile.long");
  CHECK(findings[0].message.size() == 4096);
  CHECK(findings[0].fix.size() == 4096);
}

TEST_CASE(
    "hostile: a false result of a push is an error of class plugin and reports what is stored") {
  struct Lie {
    const char* what;
    const char* code;
    int pushes;
  };
  for (const Lie& lie :
       {Lie{"nothing", "plugin.lied", 0}, Lie{"nothing-with-digest", "plugin.lied", 0},
        Lie{"other-digest", "plugin.lied", 1}, Lie{"no-digest", "plugin.lied", 1},
        Lie{"twice", "plugin.lied", 1}, Lie{"error-then-digest", "plugin.lied", 1},
        Lie{"crash-after", "plugin.ended", 1}, Lie{"thread-report", "plugin.breach", 0},
        Lie{"no-flavor", "plugin.breach", 0}, Lie{"status", "plugin.failed", 0},
        Lie{"small-finding", "plugin.breach", 0}}) {
    CAPTURE(lie.what);
    PluginRun run;
    CountedPush push;
    const auto result = run_all(run, "liar", lie.what, "", push);
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == lie.code);
    CHECK(result.error().exit_status() == 12);
    CHECK(push.pushes == lie.pushes);
    CHECK((result.error().notes().size() == 1) == (lie.pushes == 1));
  }
  CHECK(no_child_left());
}

TEST_CASE("hostile: a push after an error finding is refused, and the finding is kept") {
  PluginRun run;
  CountedPush push;
  auto plugin = run.start("liar", "error-then-push").value();
  const auto result = plugin.push(some_image(), push.services());
  REQUIRE_MESSAGE(result, result.error().cause());
  const auto& outcome = *result;
  CHECK(push.pushes == 0);
  CHECK_FALSE(outcome.report);
  REQUIRE(outcome.findings.size() == 1);
  CHECK(outcome.findings[0].code == "liar1.error");
}

TEST_CASE(
    "hostile: services are refused on other threads, after the call, and where they are "
    "unavailable") {
  PluginRun run;
  CountedPush push;
  auto threaded = run.start("liar", "thread").value();
  CHECK(threaded.push(some_image(), push.services()).error().cause() == "refused elsewhere");
  CHECK(push.pushes == 0);
  CHECK_FALSE(run.log.has("logged on another thread"));
  CHECK(run_all(run, "liar", "late", "", push));
  auto preparing = run.start("liar", "push-in-prepare").value();
  CHECK(preparing.prepare(some_image(), push.services()).value().empty());
  auto severe = run.start("liar", "severity").value();
  CHECK(severe.prepare(some_image(), push.services()).value().at(0).severity ==
        flavor::Severity::error);
}

TEST_CASE("hostile: a failed push keeps its own error, whatever the plugin reports") {
  for (const char* what : {"", "hide-failure"}) {
    PluginRun run;
    flavor::Services services;
    services.push = []() -> base::Result<push::Report> {
      return base::Error(base::ErrorClass::denied, "push.denied", "no");
    };
    auto plugin = run.start("liar", what).value();
    CHECK(plugin.push(some_image(), services).error().code() == "push.denied");
  }
}

TEST_CASE("hostile: a plugin is notified of a cancellation, and killed if it ignores it") {
  for (const char* what : {"wait-for-cancel", "hang"}) {
    CAPTURE(what);
    PluginRun run;
    auto plugin = run.start("hostile", what, "prepare").value();
    run.cancellation.request(base::Cancellation::Reason::interrupt);
    const auto begin = std::chrono::steady_clock::now();
    const auto findings = plugin.prepare(some_image(), {});
    CHECK(findings.error().error_class() == base::ErrorClass::interrupted);
    CHECK(std::chrono::steady_clock::now() - begin < kLong / 2);
    CHECK(run.log.has("saw it") == (std::string(what) == "wait-for-cancel"));
  }
}

TEST_CASE("hostile: no files, programs, processes, sockets or environment; threads work") {
  PluginRun run;
  auto plugin = run.start("hostile", "probe", "prepare").value();
  const auto findings = plugin.prepare(some_image(), {}).value();
  const auto result_of = [&](const std::string& what) {
    for (const auto& finding : findings)
      if (finding.code == "hostile." + what) return finding.message;
    return std::string("nothing");
  };
  CHECK(result_of("thread") == "works");
  CHECK(result_of("environment") == "empty");
  CHECK(result_of("directory") == "none");
  CHECK(result_of("descriptors") == "0 1 2 3 ");
  if (require_machine(run.log.has("seccomp=on"), "seccomp"))
    for (const char* what : {"fork", "socket", "chmod", "kill", "exec", "create"})
      CHECK_MESSAGE(result_of(what) == "Operation not permitted", what << ": " << result_of(what));
  if (require_machine(run.log.has("landlock=on"), "Landlock"))
    CHECK_MESSAGE(result_of("open") == "Permission denied", result_of("open"));
}
