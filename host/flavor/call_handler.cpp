#include "flavor/call_handler.hpp"

#include <berth/abi.h>

#include <algorithm>
#include <utility>

#include "base/escape.hpp"
#include "channel/protocol.hpp"
#include "channel/registry_calls.hpp"
#include "flavor/plugin_errors.hpp"
#include "flavor/plugin_messages.hpp"
#include "flavor/registry_service.hpp"

namespace berth::flavor {
namespace {

using base::Json;

constexpr std::size_t kMaxFindings = 1000;

// Formats an error as one message for the plugin.
std::string flatten(const base::Error& error) {
  std::string text = error.message();
  if (!error.cause().empty()) text += ": " + error.cause();
  if (!error.registry().empty()) text += "; registry message: " + error.registry();
  if (error.code() == "flavor.denied" && !error.fix().empty()) text += "; " + error.fix();
  return text;
}

// Whether the host did not carry out the request, because it is not permitted or malformed.
bool is_refusal(const base::Error& error) {
  return error.code() == "plugin.question" || error.code() == "check.may-create" ||
         error.code() == "flavor.denied";
}

std::int32_t status_of(const base::Error& error) {
  if (is_refusal(error)) return BERTH_STATUS_REFUSED;
  if (error.error_class() == base::ErrorClass::interrupted) return BERTH_STATUS_CANCELLED;
  return error.error_class() == base::ErrorClass::denied ? BERTH_STATUS_DENIED
                                                         : BERTH_STATUS_FAILED;
}

Json succeeded(const Json& result) { return Json::object({{"result", result}}); }

// The outcome of a request for something that may not exist.
Json found(const std::optional<Json>& result) {
  if (result) return succeeded(*result);
  return Json::object(
      {{"error", channel::encode(channel::ServiceError{.status = BERTH_STATUS_NOT_FOUND})}});
}

}  // namespace

Json CallHandler::failed(std::int32_t status, base::Error error) {
  errors_.push_back(std::move(error));
  const base::Error& kept = errors_.back();
  const channel::ServiceError reported{.status = status,
                                       .message = flatten(kept),
                                       .id = errors_.size(),
                                       .code = kept.code(),
                                       .registry_message = kept.registry()};
  return Json::object({{"error", channel::encode(reported)}});
}

std::optional<base::Error> CallHandler::original_error(std::uint64_t id) {
  if (id == 0 || id > errors_.size()) return std::nullopt;
  return errors_[id - 1].clone();
}

bool CallHandler::has_error() const {
  return std::any_of(findings_.begin(), findings_.end(),
                     [](const Finding& finding) { return finding.severity == Severity::error; });
}

std::vector<std::string> CallHandler::available_services(bool may_push) const {
  std::vector<std::string> ids;
  if (services_.session != nullptr) ids.emplace_back(BERTH_REGISTRY_1);
  if (may_push && services_.push) ids.emplace_back(BERTH_PUSH_1);
  return ids;
}

void CallHandler::handle_notification(std::string_view method, const Json& params) {
  if (method == channel::Log::kInfo.method) {
    if (const auto line = channel::decode<channel::Log::Request>(params))
      log_.write(base::LogLevel::step, "plugin",
                 {{"file", plugin_path_}, {"message", line->message}});
  } else if (method == channel::Report::kInfo.method && findings_.size() < kMaxFindings) {
    if (const auto report = channel::decode<channel::Report::Request>(params)) record(*report);
  }
}

void CallHandler::record(const channel::Report::Request& report) {
  if (!flavor_.empty() && !is_finding_code(flavor_, report.code)) {
    if (violation_.empty())
      violation_ = "it reported a finding with the code " + base::quote(report.code, 80) +
                   "; its codes start with " + flavor_ + ".";
    return;
  }
  Finding finding{.code = report.code, .message = report.message, .fix = report.fix};
  if (report.severity == BERTH_SEVERITY_INFO) finding.severity = Severity::info;
  if (report.severity == BERTH_SEVERITY_WARNING) finding.severity = Severity::warning;
  if (services_.found) services_.found(finding);
  findings_.push_back(std::move(finding));
}

Json CallHandler::handle_request(std::string_view method, const Json& params) {
  if (cancellation_.requested())
    return Json::object(
        {{"error", channel::encode(channel::ServiceError{.status = BERTH_STATUS_CANCELLED})}});
  if (method == channel::IsCancelled::kInfo.method) return succeeded(Json::object());
  if (method == channel::ExecutePush::kInfo.method) return execute_push();
  if (channel::RegistryCalls::contains(method)) return handle_registry(method, params);
  if (channel::SystemCalls::contains(method)) return handle_system(method, params);
  return refused_request("the host does not support this request");
}

Json CallHandler::handle_registry(std::string_view method, const Json& params) {
  if (services_.session == nullptr)
    return refused_request("no connection to the registry in this call");
  // Waits for the discovery of the authentication, which a check starts in parallel: whether a
  // request carries credentials must not depend on timing. An error is ignored here, because the
  // request itself fails with it again.
  if (!services_.push) static_cast<void>(services_.session->access().discover_auth());
  // A push creates what it needs, so requests with side effects are allowed during a push.
  const RegistryService registry(
      *services_.session, uri_path_,
      {.side_effects = services_.probe || services_.push != nullptr, .trusted = trusted_});
  auto result = registry.handle(method, params);
  if (result) return found(*result);
  const auto status = status_of(result.error());
  return failed(status, std::move(result).error());
}

// Denials are also logged for the user, because the flavor may not report them.
Json CallHandler::handle_system(std::string_view method, const Json& params) {
  CurrentCredential current;
  if (services_.session != nullptr)
    current = [this] { return services_.session->access().current_credential(); };
  auto result = system_.handle(method, params, current);
  if (result) return found(*result);
  auto error = std::move(result).error();
  if (error.error_class() != base::ErrorClass::trust) {
    const auto status = status_of(error);
    return failed(status, std::move(error));
  }
  log_.write(base::LogLevel::step, "denied",
             {{"file", plugin_path_}, {"message", error.message()}, {"fix", error.fix()}});
  return failed(BERTH_STATUS_REFUSED, std::move(error));
}

Json CallHandler::execute_push() {
  if (!services_.push) return refused_request("push() is not available in this call");
  if (!violation_.empty()) return refused_request(violation_);
  if (has_error()) return refused_request("a finding of severity error blocks the push");
  if (++pushes_ > 1) return refused_request("push() was already called");
  auto report = services_.push();
  if (!report) {
    failure_ = std::move(report).error();
    return failed(status_of(*failure_), failure_->clone());
  }
  report_ = std::move(*report);
  return succeeded(channel::encode(channel::ExecutePush::Response{report_->digest.str()}));
}

}  // namespace berth::flavor
