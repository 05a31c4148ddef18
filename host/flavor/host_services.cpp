#include "flavor/host_services.hpp"

#include <berth/abi.h>

#include <algorithm>
#include <utility>

#include "channel/protocol.hpp"
#include "flavor/plugin_messages.hpp"
#include "flavor/registry_questions.hpp"

namespace berth::flavor {
namespace {

using base::Json;

constexpr std::size_t kMostFindings = 1000;

Json status(std::int64_t number) { return Json::object({{"status", number}}); }

// Formats an error as one message for the plugin.
std::string words_of(const base::Error& error) {
  std::string text = error.message();
  if (!error.cause().empty()) text += ": " + error.cause();
  if (!error.registry().empty()) text += "; registry message: " + error.registry();
  if (error.code() == "flavor.denied" && !error.fix().empty()) text += "; " + error.fix();
  return text.substr(0, channel::kLongestText);
}

std::string text_of(const Json& json, std::string_view key) {
  return json.string_or(key, "").substr(0, channel::kLongestText);
}

}  // namespace

Json HostServices::failed(base::Error error) {
  const bool denied = error.error_class() == base::ErrorClass::denied;
  Json answer = Json::object(
      {{"status", std::int64_t{denied ? BERTH_STATUS_DENIED : BERTH_STATUS_FAILED}}, {"error", words_of(error)}});
  question_failure_ = std::move(error);
  return answer;
}

std::optional<base::Error> HostServices::passed_on(const std::string& words) {
  if (!question_failure_ || words_of(*question_failure_) != words) return std::nullopt;
  return std::exchange(question_failure_, std::nullopt);
}

bool HostServices::has_error() const {
  return std::any_of(findings_.begin(), findings_.end(),
                     [](const Finding& finding) { return finding.severity == Severity::error; });
}

Json HostServices::offered(bool may_push) const {
  Json list = Json::array();
  if (services_.session != nullptr) list.push_back(channel::kServiceRegistry);
  if (may_push && services_.push) list.push_back(channel::kServicePush);
  return list;
}

void HostServices::take(const Json& notice) {
  if (notice.string_or("tell", "") == "log")
    return log_.write(base::LogLevel::step, "plugin", {{"file", plugin_path_}, {"message", text_of(notice, "text")}});
  if (notice.string_or("tell", "") != "report" || findings_.size() == kMostFindings) return;
  const Json* number = notice.find("severity");
  const auto severity = number != nullptr ? number->as_int().value_or(BERTH_SEVERITY_ERROR) : BERTH_SEVERITY_ERROR;
  Finding finding;
  finding.severity = severity == BERTH_SEVERITY_INFO
                         ? Severity::info
                         : (severity == BERTH_SEVERITY_WARNING ? Severity::warning : Severity::error);
  finding.code = text_of(notice, "code");
  finding.message = text_of(notice, "message");
  finding.fix = text_of(notice, "fix");
  if (services_.found) services_.found(finding);
  findings_.push_back(std::move(finding));
}

base::Result<Json> HostServices::answer(const Json& question) {
  const std::string what = question.string_or("ask", "");
  if (cancellation_.requested()) return status(BERTH_STATUS_CANCELLED);
  if (what == "cancelled") return status(BERTH_STATUS_OK);
  if (what == "push") return answer_push();
  if (what.starts_with("registry.")) return answer_registry(what, question);
  if (HostTools::knows(what)) return answer_with_tools(question);
  return refused_request("the host does not support this request");
}

Json HostServices::answer_registry(const std::string& what, const Json& question) {
  if (services_.session == nullptr) return refused_request("no connection to the registry in this call");
  // Waits for the discovery of the authentication, which a check starts in parallel: whether a
  // request carries credentials must not depend on timing. An error is ignored here, because the
  // request itself fails with it again.
  if (!services_.push) static_cast<void>(services_.session->access().discover_auth());
  // A push creates what it needs, so requests with side effects are allowed during a push.
  const RegistryQuestions questions(
      *services_.session, uri_path_,
      {.side_effects = services_.probe || services_.push != nullptr, .trusted = trusted_});
  auto answer = questions.answer(what, question);
  return answer ? std::move(*answer) : failed(std::move(answer).error());
}

// Denials are also logged for the user, because the flavor may not report them.
Json HostServices::answer_with_tools(const Json& question) {
  CurrentCredential current;
  if (services_.session != nullptr) current = [this] { return services_.session->access().current_credential(); };
  auto answer = tools_.answer(question, current);
  if (answer) return std::move(*answer);
  const bool is_denied = answer.error().error_class() == base::ErrorClass::trust;
  if (is_denied)
    log_.write(base::LogLevel::step, "denied",
               {{"file", plugin_path_}, {"message", answer.error().message()}, {"fix", answer.error().fix()}});
  Json told = failed(std::move(answer).error());
  if (is_denied) told.set("status", std::int64_t{BERTH_STATUS_REFUSED});
  return told;
}

Json HostServices::answer_push() {
  if (!services_.push) return refused_request("push() is not available in this call");
  if (has_error()) return refused_request("a finding of severity error blocks the push");
  if (++pushes_ > 1) return refused_request("push() was already called");
  auto report = services_.push();
  if (!report) {
    failure_ = std::move(report).error();
    return failed(failure_->clone());
  }
  report_ = std::move(*report);
  return Json::object({{"status", std::int64_t{BERTH_STATUS_OK}}, {"digest", report_->digest.str()}});
}

}  // namespace berth::flavor
