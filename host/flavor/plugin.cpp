#include "flavor/plugin.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "flavor/host_services.hpp"
#include "flavor/sealed_copy.hpp"
#include "flavor/settings.hpp"
#include "flavor/worker_process.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;

Json image_json(const ImageView& image) {
  Json json = Json::object({{"reference", image.reference},
                            {"repository", image.repository},
                            {"full_repository", image.full_repository},
                            {"tag", image.tag},
                            {"belongs", true},  // the host refused everything else before
                            {"has_content", image.plan != nullptr}});
  if (image.plan == nullptr) return json;
  json.set("digest", image.plan->digest ? image.plan->digest->str() : "");
  json.set("media_type", image.plan->media_type);
  Json blobs = Json::array();
  for (const auto& blob : image.plan->blobs)
    blobs.push_back(Json::object(
        {{"media_type", blob.media_type}, {"digest", blob.digest ? blob.digest->str() : ""}, {"bytes", blob.size}}));
  json.set("blobs", std::move(blobs));
  Json platforms = Json::array();
  for (const auto& platform : image.plan->platforms) platforms.push_back(platform.str());
  json.set("platforms", std::move(platforms));
  return json;
}

Json settings_json(const std::vector<Setting>& schema, const Json& values) {
  Json list = Json::array();
  const Json complete = with_defaults(schema, values);
  for (const auto& setting : schema)
    if (const Json* value = complete.find(setting.name))
      list.push_back(Json::object({{"key", setting.name}, {"type", setting.type}, {"value", *value}}));
  return list;
}

bool has_error(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.severity == Severity::error; });
}

base::Result<Json> no_questions(const Json&) {
  return Json::object({{"status", 2}, {"error", "nothing can be asked in this call"}});
}

bool flag(const Json& json, std::string_view key) {
  const Json* value = json.find(key);
  return value != nullptr && value->as_bool().value_or(false);
}

}  // namespace

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::info:
      return "info";
  }
  return "";
}

struct Plugin::State {
  WorkerProcess worker;
  std::string path;
  PluginOptions options;
  const base::Cancellation& cancellation;
  base::Log& log;

  [[nodiscard]] Error lied(std::string cause) const {
    return Error(ErrorClass::plugin, "plugin.lied", fmt::format("the flavor plugin {} cannot be believed", path))
        .cause(std::move(cause));
  }
  // A reply of "failed" as an Error; `call` names what failed.
  [[nodiscard]] base::Result<Json> checked(std::string_view call, Json reply) const {
    if (reply.string_or("reply", "") == "ok") return reply;
    std::string cause = reply.string_or("message", "");
    if (const auto detail = reply.string_or("cause", ""); !detail.empty()) cause += ": " + detail;
    return Error(ErrorClass::plugin, reply.string_or("code", "plugin.failed"),
                 fmt::format("the flavor plugin {} failed in {}", path, call))
        .cause(base::escape(cause));
  }
  base::Result<Json> simple_call(std::string_view call, const Json& message, std::chrono::milliseconds limit) {
    BERTH_TRY(auto reply, worker.call(call, message, limit, no_questions, [](const Json&) {}));
    return checked(call, std::move(reply));
  }
  base::Result<void> judge_push(HostServices& services, const Json& reply) const;
};

Plugin::Plugin(std::unique_ptr<State> state) : state_(std::move(state)) {}
Plugin::Plugin(Plugin&&) noexcept = default;
Plugin& Plugin::operator=(Plugin&&) noexcept = default;
Plugin::~Plugin() = default;

base::Result<Plugin> Plugin::start(const Candidate& candidate, const oci::RegistryUri& uri, const Json& settings,
                                   const PluginOptions& options, const base::Cancellation& cancellation,
                                   base::Log& log) {
  BERTH_TRY(const auto schema, settings_of(candidate.metadata->settings_schema));
  BERTH_TRY(const auto copy, sealed_copy(candidate.path, candidate.sha256));
  BERTH_TRY(auto worker, WorkerProcess::start(options.worker_program, copy, candidate.path, cancellation, log));
  Plugin plugin(std::unique_ptr<State>(new State{std::move(worker), candidate.path, options, cancellation, log}));
  BERTH_TRY(const auto loaded,
            plugin.state_->simple_call("loading", Json::object({{"do", "load"}}), options.create_limit));
  if (base::base64_decode(loaded.string_or("metadata", "")) != candidate.metadata->note)
    return Error(ErrorClass::trust, "flavor.note-differs", candidate.path + " says something else once it is loaded")
        .cause("its descriptor and its note differ");
  log.write(base::LogLevel::step, "plugin",
            {{"file", candidate.path},
             {"landlock", flag(loaded, "landlock") ? "on" : "not on this machine"},
             {"seccomp", flag(loaded, "seccomp") ? "on" : "not on this machine"}});
  const Json create =
      Json::object({{"do", "create"}, {"uri", uri.str()}, {"settings", settings_json(schema, settings)}});
  BERTH_TRY([[maybe_unused]] const auto created, plugin.state_->simple_call("create", create, options.create_limit));
  return plugin;
}

base::Result<std::vector<Finding>> Plugin::prepare(const ImageView& image, const Services& services) {
  HostServices host(services, state_->path, state_->cancellation, state_->log);
  const Json message =
      Json::object({{"do", "prepare"}, {"image", image_json(image)}, {"services", host.offered(false)}});
  BERTH_TRY(auto reply, state_->worker.call(
                            "prepare_image_push", message, state_->options.call_limit,
                            [&](const Json& question) { return host.answer(question); },
                            [&](const Json& notice) { host.take(notice); }));
  BERTH_TRY([[maybe_unused]] const auto checked, state_->checked("prepare_image_push", std::move(reply)));
  return std::move(host.findings());
}

// What the plugin says of its push against the host's own record.
base::Result<void> Plugin::State::judge_push(HostServices& services, const Json& reply) const {
  if (services.pushes() > 1) return lied("it asked for the image to be pushed twice");
  if (services.failure()) return std::move(*services.failure());
  BERTH_TRY([[maybe_unused]] const auto good, checked("push_image", reply));
  const std::string claimed = reply.string_or("digest", "");
  if (!services.report()) {
    if (has_error(services.findings()) && claimed.empty()) return {};
    return lied("it reports success, and nothing was pushed");
  }
  if (claimed != services.report()->digest.str())
    return lied(
        fmt::format("it reports {}, and {} was pushed", base::quote(claimed, 100), services.report()->digest.str()));
  return {};
}

base::Result<PushOutcome> Plugin::push(const ImageView& image, const Services& services) {
  HostServices host(services, state_->path, state_->cancellation, state_->log);
  const Json message = Json::object({{"do", "push"}, {"image", image_json(image)}, {"services", host.offered(true)}});
  auto reply = state_->worker.call(
      "push_image", message, state_->options.call_limit, [&](const Json& question) { return host.answer(question); },
      [&](const Json& notice) { host.take(notice); });
  if (!reply) return std::move(reply).error();
  BERTH_CHECK(state_->judge_push(host, *reply));
  return PushOutcome{std::move(host.findings()), std::move(host.report())};
}

base::Result<void> Plugin::close() {
  BERTH_TRY([[maybe_unused]] const auto reply,
            state_->simple_call("destroy", Json::object({{"do", "destroy"}}), state_->options.destroy_limit));
  return {};
}

}  // namespace berth::flavor
