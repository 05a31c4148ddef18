// The sentences of abi.h about statuses, limits and strings, each as a call of a plugin.
#include <berth/abi.h>
#include <doctest/doctest.h>

#include "unit/flavor/plugin_fixture.hpp"

using namespace berth;
using namespace berth::test;

namespace {

// The finding of the plugin "conformer"; or the error's code and cause.
flavor::Finding finding_of(const std::string& what) {
  PluginRun run;
  run.origin = flavor::Origin::registered;
  run.options.variables = [](std::string_view name) {
    return name == "CONFO" || name == "PATH"
               ? std::optional<std::string>(name == "PATH" ? "/usr/bin:/bin" : "a value")
               : std::nullopt;
  };
  auto plugin = run.start("conformer", what);
  REQUIRE(plugin.has_value());
  const auto findings = plugin->prepare(some_image(), {});
  if (!findings)
    return {.code = findings.error().code(), .message = findings.error().cause(), .fix = {}};
  REQUIRE(findings->size() == 1);
  return findings->front();
}

// The status of a step, and its error.
struct Step {
  int status;
  std::string error;
};
Step step(const std::string& what) {
  const auto message = finding_of(what).message;
  const auto space = message.find(' ');
  return {std::stoi(message.substr(0, space)), message.substr(space + 1)};
}

struct Row {
  const char* what;
  int status;
  const char* error;  // part of the error
};

void check(std::initializer_list<Row> rows) {
  for (const auto& row : rows) {
    const auto result = step(row.what);
    const std::string error = result.error;
    CHECK_MESSAGE(result.status == row.status, row.what << ": " << error);
    CHECK_MESSAGE(error.find(row.error) != std::string::npos, row.what << ": " << error);
  }
}

}  // namespace

TEST_CASE("conformance: what is not permitted is refused, what is missing is not found") {
  check({{"env", BERTH_STATUS_OK, ""},
         {"env-no-sink", BERTH_STATUS_OK, ""},
         {"env-unset", BERTH_STATUS_NOT_FOUND, ""},
         {"env-denied", BERTH_STATUS_REFUSED, "env:HOME"},
         {"file-missing", BERTH_STATUS_NOT_FOUND, ""},
         {"exec", BERTH_STATUS_OK, ""},
         {"exec-missing", BERTH_STATUS_NOT_FOUND, ""},
         {"http-other", BERTH_STATUS_REFUSED, "http:http://other.invalid"},
         {"query", BERTH_STATUS_NOT_FOUND, ""}});
}

TEST_CASE("conformance: input over a limit is refused with the limit, not truncated") {
  check({{"env-long", BERTH_STATUS_REFUSED, "4096"},
         {"file-long", BERTH_STATUS_REFUSED, "4096"},
         {"exec-257", BERTH_STATUS_REFUSED, "256"},
         {"exec-long", BERTH_STATUS_REFUSED, "1048576"},
         {"hash-1MiB", BERTH_STATUS_OK, ""},
         {"hash-more", BERTH_STATUS_REFUSED, "1048576"},
         {"http-16", BERTH_STATUS_OK, ""},
         {"http-17", BERTH_STATUS_REFUSED, "16"},
         {"http-65", BERTH_STATUS_REFUSED, "64"},
         {"http-body", BERTH_STATUS_REFUSED, "1048576"},
         {"http-timeout", BERTH_STATUS_REFUSED, "30000"},
         {"http-negative", BERTH_STATUS_REFUSED, "30000"},
         {"http-stride", BERTH_STATUS_REFUSED, "stride"}});
}

TEST_CASE("conformance: NULL has size 0; zero bytes and invalid UTF-8 are refused") {
  check({{"env-null", BERTH_STATUS_REFUSED, "NULL"},
         {"env-zero", BERTH_STATUS_REFUSED, "zero byte"},
         {"file-null", BERTH_STATUS_REFUSED, "NULL"},
         {"file-zero", BERTH_STATUS_REFUSED, "zero byte"},
         {"exec-null", BERTH_STATUS_REFUSED, "NULL"},
         {"exec-no-argv", BERTH_STATUS_REFUSED, "NULL"},
         {"exec-zero", BERTH_STATUS_REFUSED, "zero byte"},
         {"hash-empty", BERTH_STATUS_OK, ""},
         {"hash-null", BERTH_STATUS_REFUSED, "NULL"},
         {"http-null", BERTH_STATUS_REFUSED, "NULL"},
         {"http-no-headers", BERTH_STATUS_REFUSED, "NULL"},
         {"http-utf8", BERTH_STATUS_REFUSED, "UTF-8"},
         {"http-no-sink", BERTH_STATUS_OK, ""},
         {"header-null", BERTH_STATUS_REFUSED, "NULL"},
         {"header-zero", BERTH_STATUS_REFUSED, "header"}});
}

TEST_CASE("conformance: malformed requests of http/1 are refused, and none is sent") {
  check({{"http-url", BERTH_STATUS_REFUSED, ""},
         {"http-method", BERTH_STATUS_REFUSED, "method"},
         {"header", BERTH_STATUS_OK, ""},
         {"header-line", BERTH_STATUS_REFUSED, "header"},
         {"header-name", BERTH_STATUS_REFUSED, "header"},
         {"header-empty", BERTH_STATUS_REFUSED, "header"},
         {"header-host", BERTH_STATUS_REFUSED, "set by the host"},
         {"header-length", BERTH_STATUS_REFUSED, "set by the host"},
         {"header-method", BERTH_STATUS_REFUSED, "set by the host"},
         {"sign", BERTH_STATUS_FAILED, "key"}});
}

TEST_CASE("conformance: texts for people are truncated at a character; other strings are not") {
  const auto finding = finding_of("report-long");
  CHECK(finding.message.size() == 4095);  // x, and 2,047 characters of two bytes
  CHECK(base::is_clean_text(finding.message));
  for (const char* what : {"report-null", "report-code", "report-zero"})
    CHECK_MESSAGE(finding_of(what).code == "plugin.breach", what);
  CHECK(step("log-null").status == BERTH_STATUS_OK);
}

TEST_CASE("conformance: every status of a plugin but OK is a failure") {
  for (const char* status : {"1", "2", "3", "4", "5", "77", "-1", "1000"}) {
    const auto failed = finding_of(std::string("status-") + status);
    CHECK_MESSAGE(failed.code == "plugin.failed", status);
    CHECK(failed.message == "a reason");
  }
}
