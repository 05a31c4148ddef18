// The requests and notifications of a plugin during a call: errors that it may pass on, and
// findings.
#include "flavor/call_handler.hpp"

#include <berth/abi.h>
#include <doctest/doctest.h>

#include "base/json_parser.hpp"
#include "channel/protocol.hpp"
#include "channel/registry_calls.hpp"
#include "unit/flavor/plugin_fixture.hpp"

using namespace berth;
using namespace berth::test;
using base::Json;

namespace {

flavor::Metadata acme() {
  flavor::Metadata metadata;
  metadata.flavor = "acme";
  metadata.permissions = {"env:ACME", "exec:printf"};
  return metadata;
}

// A call in which the push fails, unless `services` is changed.
struct Handled {
  base::Cancellation cancellation;
  KeptLog log;
  std::string uri_path = "team";
  std::string plugin = "acme.so";
  flavor::Services services;
  flavor::SystemServices system{
      acme(),
      [](std::string_view) { return std::optional<std::string>("value"); },
      {},
      cancellation,
      log};
  flavor::CallHandler handler{services, {plugin, uri_path, true}, system, cancellation, log};

  Handled() {
    services.push = []() -> base::Result<push::Report> {
      return base::Error(base::ErrorClass::denied, "push.denied", "may not push")
          .registry("DENIED: no");
    };
  }

  // The error of a request; status BERTH_STATUS_OK if it has a result.
  channel::ServiceError request(std::string_view method, const Json& params = Json::object()) {
    const Json outcome = handler.handle_request(method, params);
    const Json* error = outcome.find("error");
    return error != nullptr ? channel::decode<channel::ServiceError>(*error).value()
                            : channel::ServiceError();
  }
  channel::ServiceError variable(const std::string& name) {
    return request("env.get", channel::encode(channel::GetVariable::Request{name}));
  }
};

}  // namespace

TEST_CASE("call handler: the error of a service is found by its id, and only in this call") {
  Handled call;
  CHECK(call.variable("ACME").status == BERTH_STATUS_OK);
  const auto denied = call.variable("HOME");
  CHECK(denied.status == BERTH_STATUS_REFUSED);
  CHECK(denied.code == "flavor.denied");
  const auto push = call.request("push.push");
  CHECK(push.status == BERTH_STATUS_DENIED);
  CHECK(push.registry_message == "DENIED: no");
  CHECK(push.message == "may not push; registry message: DENIED: no");
  REQUIRE(call.handler.original_error(denied.id));
  CHECK(call.handler.original_error(denied.id)->code() == "flavor.denied");
  CHECK(call.handler.original_error(push.id)->registry() == "DENIED: no");
  for (const std::uint64_t forged : {std::uint64_t{0}, push.id + 1, ~std::uint64_t{0}})
    CHECK_FALSE(call.handler.original_error(forged));
  Handled other;
  CHECK_FALSE(other.handler.original_error(denied.id));
}

TEST_CASE("call handler: malformed and unknown requests are refused or fail, and have no effect") {
  Handled call;
  CHECK(call.request("").status == BERTH_STATUS_REFUSED);
  CHECK(call.request("log", Json::object({{"message", "x"}})).status == BERTH_STATUS_REFUSED);
  CHECK(call.request("registry.probe").status ==
        BERTH_STATUS_REFUSED);  // no connection in this call
  CHECK(call.request("env.get", Json()).code == "plugin.question");
  CHECK(call.request("env.get", Json::object({{"name", 7}})).code == "plugin.question");
  CHECK(call.variable(std::string(4097, 'A')).code == "plugin.question");
  CHECK(call.request("exec.run", Json::object({{"argv", Json::array()}})).code ==
        "plugin.question");
  CHECK(call.handler.pushes() == 0);
  call.cancellation.request(base::Cancellation::Reason::interrupt);
  CHECK(call.variable("ACME").status == BERTH_STATUS_CANCELLED);
}

TEST_CASE("call handler: arguments and results of services may contain any bytes") {
  Handled call;
  const channel::RunProgram::Request program{{"printf", "%s", "\xff\x01z\xc3"}, ""};
  const auto params = base::parse_json(channel::encode(program).dump(), "a request").value();
  const Json outcome =
      base::parse_json(call.handler.handle_request("exec.run", params).dump(), "an outcome")
          .value();
  REQUIRE(outcome.find("result") != nullptr);
  CHECK(channel::decode<channel::RunProgram::Response>(*outcome.find("result")).value().out ==
        "\xff\x01z\xc3");
}

TEST_CASE("call handler: findings of an unknown severity are errors, malformed ones are dropped") {
  Handled call;
  const auto report = [&](const Json& severity) {
    call.handler.handle_notification(
        "report",
        Json::object({{"severity", severity}, {"code", "acme.a"}, {"message", "m"}, {"fix", ""}}));
    return call.handler.findings().size();
  };
  CHECK(report(BERTH_SEVERITY_INFO) == 1);
  CHECK_FALSE(call.handler.has_error());
  CHECK(report("high") == 1);
  CHECK(report(99) == 2);
  CHECK(call.handler.has_error());
  call.handler.handle_notification("report", Json());
  call.handler.handle_notification("push.push", Json::object());
  CHECK(call.handler.findings().size() == 2);
  CHECK(call.handler.pushes() == 0);
}

TEST_CASE("call handler: a finding with the code of another flavor is a violation that blocks") {
  Handled handled;
  flavor::CallHandler handler{handled.services,
                              {handled.plugin, handled.uri_path, true, "acme"},
                              handled.system,
                              handled.cancellation,
                              handled.log};
  const auto report = [&](const std::string& code) {
    handler.handle_notification(
        "report", channel::encode(channel::Report::Request{BERTH_SEVERITY_INFO, code, "m", ""}));
  };
  report("acme.fine");
  CHECK(handler.violation().empty());
  for (const char* code : {"other.code", "acme", "acme.", "acme.Upper", "acmex.code", ""}) {
    CAPTURE(code);
    report(code);
    CHECK_FALSE(handler.violation().empty());
  }
  CHECK(handler.findings().size() == 1);
  const Json outcome = handler.handle_request("push.push", Json::object());
  REQUIRE(outcome.find("error") != nullptr);
  CHECK(channel::decode<channel::ServiceError>(*outcome.find("error"))->status ==
        BERTH_STATUS_REFUSED);
}
