#include "flavor/host_services.hpp"

#include <berth/abi.h>

#include <algorithm>
#include <utility>

#include "channel/protocol.hpp"

namespace berth::flavor {
namespace {

using base::Json;

constexpr std::size_t kMostFindings = 1000;

Json status(std::int64_t number) { return Json::object({{"status", number}}); }

// An error as the plugin is told it.
std::string words_of(const base::Error& error) {
  const std::string text = error.cause().empty() ? error.message() : error.message() + ": " + error.cause();
  return text.substr(0, channel::kLongestText);
}

Json refused(std::string why) {
  return Json::object({{"status", std::int64_t{BERTH_REFUSED}}, {"error", std::move(why)}});
}

std::string text_of(const Json& json, std::string_view key) {
  return json.string_or(key, "").substr(0, channel::kLongestText);
}

}  // namespace

Json HostServices::failed(base::Error error) {
  Json answer = Json::object({{"status", std::int64_t{BERTH_FAILED}}, {"error", words_of(error)}});
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
    return log_.write(base::LogLevel::step, "plugin", {{"file", plugin_path_}, {"says", text_of(notice, "text")}});
  if (notice.string_or("tell", "") != "report" || findings_.size() == kMostFindings) return;
  const Json* number = notice.find("severity");
  const auto severity = number != nullptr ? number->as_int().value_or(BERTH_ERROR) : BERTH_ERROR;
  Finding finding;
  finding.severity =
      severity == BERTH_INFO ? Severity::info : (severity == BERTH_WARNING ? Severity::warning : Severity::error);
  finding.code = text_of(notice, "code");
  finding.message = text_of(notice, "message");
  finding.fix = text_of(notice, "fix");
  findings_.push_back(std::move(finding));
}

base::Result<Json> HostServices::answer(const Json& question) {
  const std::string what = question.string_or("ask", "");
  if (cancellation_.requested()) return status(BERTH_CANCELLED);
  if (what == "cancelled") return status(BERTH_OK);
  if (what == "push") return answer_push();
  if (services_.session == nullptr) return refused("there is no connection to ask through");
  if (what == "registry.manifest") return answer_manifest(question);
  if (what == "registry.blob") return answer_blob(question);
  if (what == "registry.probe") {
    const auto spoken = services_.session->ping();
    return spoken ? status(BERTH_OK) : failed(spoken.error().clone());
  }
  return refused("this host does not know the question");
}

// The plugin names repositories below the uri, so that it cannot ask about others.
base::Result<std::string> HostServices::full_repository(const Json& question) const {
  const std::string below = text_of(question, "repository");
  BERTH_CHECK(oci::check_repository(below));
  return uri_path_.empty() ? below : uri_path_ + "/" + below;
}

base::Result<Json> HostServices::answer_manifest(const Json& question) {
  auto named = full_repository(question);
  if (!named) return failed(std::move(named).error());
  const std::string& repository = *named;
  const std::string reference = text_of(question, "reference");
  if (!oci::Digest::parse(reference))
    if (auto valid = oci::check_tag(reference); !valid) return failed(std::move(valid).error());
  auto manifest = services_.session->head_manifest(repository, reference);
  if (!manifest) return failed(std::move(manifest).error());
  if (!*manifest) return status(BERTH_NOT_FOUND);
  if ((*manifest)->digest)
    return Json::object({{"status", std::int64_t{BERTH_OK}}, {"digest", (*manifest)->digest->str()}});
  auto fetched = services_.session->fetch_manifest(repository, reference);
  if (!fetched) return failed(std::move(fetched).error());
  if (!*fetched) return status(BERTH_NOT_FOUND);
  return Json::object({{"status", std::int64_t{BERTH_OK}}, {"digest", (*fetched)->digest.str()}});
}

base::Result<Json> HostServices::answer_blob(const Json& question) {
  auto repository = full_repository(question);
  if (!repository) return failed(std::move(repository).error());
  auto digest = oci::Digest::parse(text_of(question, "digest"));
  if (!digest) return failed(std::move(digest).error());
  auto size = services_.session->blob_size(*repository, *digest);
  if (!size) return failed(std::move(size).error());
  if (!*size) return status(BERTH_NOT_FOUND);
  return Json::object({{"status", std::int64_t{BERTH_OK}}, {"bytes", **size}});
}

Json HostServices::answer_push() {
  if (!services_.push) return refused("this call may not push");
  if (has_error()) return refused("a finding of severity error keeps the image from being pushed");
  if (++pushes_ > 1) return refused("an image is pushed once");
  auto report = services_.push();
  if (!report) {
    failure_ = std::move(report).error();
    return failed(failure_->clone());
  }
  report_ = std::move(*report);
  return Json::object({{"status", std::int64_t{BERTH_OK}}, {"digest", report_->digest.str()}});
}

}  // namespace berth::flavor
