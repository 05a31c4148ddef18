#include "flavor/plugin.hpp"

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "base/redact.hpp"
#include "flavor/credential_source.hpp"
#include "flavor/host_services.hpp"
#include "flavor/host_tools.hpp"
#include "flavor/parse_upload_rules.hpp"
#include "flavor/plugin_messages.hpp"
#include "flavor/sealed_copy.hpp"
#include "flavor/settings.hpp"
#include "flavor/trust.hpp"
#include "flavor/worker_process.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;

base::Result<Json> no_questions(const Json&) { return refused_request("services are not available in this call"); }

}  // namespace

struct Plugin::State {
  WorkerProcess worker;
  std::string path;
  std::string flavor;
  oci::RegistryUri uri;
  PluginOptions options;
  const base::Cancellation& cancellation;
  base::Log& log;
  HostTools tools;
  bool trusted = false;  // registered or installed
  Candidate candidate;
  Json settings;
  bool provides_credentials = false;
  bool explains = false;
  bool recognises_expiry = false;
  PluginSandbox sandbox{};
  registry::BlobUploadRules upload_rules{};

  [[nodiscard]] Error contract_violation(std::string cause) const {
    return Error(ErrorClass::plugin, "plugin.lied", fmt::format("plugin {} violated the contract", path))
        .cause(std::move(cause));
  }
  // The error for a flavor that rejects the URI or the settings. This is not a fault of the plugin.
  [[nodiscard]] Error refused(const Json& reply) const {
    return Error(ErrorClass::validation, refusal_code(flavor, reply.string_or("finding", "")),
                 fmt::format("flavor {} rejected the container registry {}", flavor, uri.str()))
        .cause(base::escape(reply.string_or("message", "")))
        .fix(base::escape(reply.string_or("fix", "")));
  }
  // Converts a "failed" reply into an error. `call` is the name of the plugin's function.
  [[nodiscard]] base::Result<Json> checked(std::string_view call, Json reply) const {
    if (reply.string_or("reply", "") == "ok") return reply;
    std::string cause = reply.string_or("message", "");
    if (const auto detail = reply.string_or("cause", ""); !detail.empty()) cause += ": " + detail;
    return Error(ErrorClass::plugin, known_code(reply.string_or("code", "")),
                 fmt::format("plugin {} failed in {}", path, call))
        .cause(base::escape(cause))
        .fix(base::escape(reply.string_or("fix", "")));
  }
  base::Result<Json> simple_call(std::string_view call, const Json& message, std::chrono::milliseconds limit) {
    BERTH_TRY(auto reply, worker.call(call, message, limit, no_questions, [](const Json&) {}));
    return checked(call, std::move(reply));
  }
  base::Result<Json> call_with(HostServices& services, std::string_view call, const Json& message,
                               WorkerProcess::Meanwhile meanwhile = WorkerProcess::Meanwhile::open);
  base::Result<void> enter_sandbox();
  base::Result<void> load();
  base::Result<void> create();
  base::Result<void> start() {
    BERTH_CHECK(enter_sandbox());
    BERTH_CHECK(load());
    return create();
  }
  // Sends the parts of the image that do not fit into the call's message; returns the rest for that message.
  base::Result<Json> send_image(const ImageView& image) {
    return split_image(image, [this](const Json& part) -> base::Result<void> {
      BERTH_TRY([[maybe_unused]] const auto reply, simple_call("image", part, options.call_limit));
      return {};
    });
  }
  base::Result<void> judge_push(HostServices& services, const Json& reply) const;
};

Plugin::Plugin(std::unique_ptr<State> state) : state_(std::move(state)) {}
Plugin::Plugin(Plugin&&) noexcept = default;
Plugin& Plugin::operator=(Plugin&&) noexcept = default;
Plugin::~Plugin() = default;

base::Result<void> Plugin::State::enter_sandbox() {
  BERTH_TRY(const auto entered, worker.enter_sandbox(options.load_limit));
  sandbox = {.parts = entered.parts, .thread_limit = entered.threads};
  const auto names = platform::sandbox_names();
  const auto describe = [](bool active) { return active ? "on" : "unavailable"; };
  log.write(base::LogLevel::step, "sandbox",
            {{"file", path},
             {names.privileges, describe(sandbox.parts.privileges)},
             {names.files, describe(sandbox.parts.files)},
             {names.system_calls, describe(sandbox.parts.system_calls)},
             {"thread limit", sandbox.thread_limit ? "by the kernel" : "by counting"}});
  const auto missing = platform::missing_part(sandbox.parts);
  if (missing.empty() || candidate.origin != Origin::user) return {};
  if (!options.allow_unsandboxed) return unsandboxed(path, missing);
  log.write(base::LogLevel::warning,
            fmt::format("plugin {} is not sandboxed: {} is unavailable on this machine", path, missing), {});
  return {};
}

base::Result<void> Plugin::State::load() {
  BERTH_TRY(const auto loaded, simple_call("loading", Json::object({{"do", "load"}}), options.load_limit));
  const Json* minor = loaded.find("min_host_minor");
  const bool same_minor = minor != nullptr && minor->as_uint() == candidate.metadata->min_host_minor;
  if (base::base64_decode(loaded.string_or("metadata", "")) != candidate.metadata->note || !same_minor)
    return Error(ErrorClass::trust, "flavor.note-differs", "metadata of " + path + " differs once it is loaded")
        .cause("its descriptor and its note differ");
  return {};
}

base::Result<void> Plugin::State::create() {
  const Json message = Json::object({{"do", "create"}, {"uri", uri.str()}, {"settings", settings}});
  BERTH_TRY(auto reply, worker.call("create", message, options.create_limit, no_questions, [](const Json&) {}));
  if (reply.string_or("code", "") == "flavor.refused") return refused(reply);
  BERTH_TRY(const auto created, checked("create", std::move(reply)));
  provides_credentials = created.is_true("credentials");
  explains = created.is_true("explanations");
  recognises_expiry = created.is_true("expiry");
  BERTH_TRY(upload_rules, parse_upload_rules(created, path));
  if (created.find("upload_rules") == nullptr) return {};
  log.write(base::LogLevel::step, "upload-rules",
            {{"monolithic", upload_rules.monolithic ? "yes" : "no"},
             {"allow_unknown_length", upload_rules.allow_unknown_length ? "yes" : "no"},
             {"verify_range", upload_rules.verify_range ? "yes" : "no"},
             {"max_chunk_size", std::to_string(upload_rules.max_chunk_size)},
             {"min_chunk_size", std::to_string(upload_rules.min_chunk_size)}});
  return {};
}

base::Result<Plugin> Plugin::spawn(const Candidate& candidate, const oci::RegistryUri& uri, const Json& settings,
                                   const PluginOptions& options, const base::Cancellation& cancellation,
                                   base::Log& log) {
  BERTH_TRY(const auto schema, settings_of(candidate.metadata->settings_schema));
  BERTH_TRY(const auto copy, sealed_copy(candidate));
  BERTH_TRY(auto worker, WorkerProcess::start(options.worker_program, copy, candidate.path, cancellation, log));
  return Plugin(std::unique_ptr<State>(
      new State{std::move(worker), candidate.path, candidate.metadata->flavor, uri, options, cancellation, log,
                HostTools(*candidate.metadata, options.variables, options.http, cancellation, log),
                candidate.origin != Origin::user, candidate, settings_json(schema, settings)}));
}

base::Result<Plugin> Plugin::start(const Candidate& candidate, const oci::RegistryUri& uri, const Json& settings,
                                   const PluginOptions& options, const base::Cancellation& cancellation,
                                   base::Log& log) {
  BERTH_TRY(auto plugin, spawn(candidate, uri, settings, options, cancellation, log));
  BERTH_CHECK(plugin.create());
  return plugin;
}

base::Result<Json> Plugin::State::call_with(HostServices& services, std::string_view call, const Json& message,
                                            WorkerProcess::Meanwhile meanwhile) {
  return worker.call(
      call, message, options.call_limit, [&](const Json& question) { return services.answer(question); },
      [&](const Json& notice) { services.take(notice); }, meanwhile);
}

base::Result<std::vector<Finding>> Plugin::prepare(const ImageView& image, const Services& services) {
  constexpr std::string_view kCall = "prepare_image_push";
  HostServices host(services, state_->uri.path(), state_->path, state_->trusted, state_->tools, state_->cancellation,
                    state_->log);
  BERTH_TRY(auto sent, state_->send_image(image));
  const Json message = Json::object({{"do", "prepare"}, {"image", std::move(sent)}, {"services", host.offered(false)}});
  BERTH_TRY(auto reply, state_->call_with(host, kCall, message));
  if (state_->cancellation.requested()) return state_->cancellation.error();
  if (auto cause = host.passed_on(reply.string_or("message", ""))) return std::move(*cause);
  BERTH_TRY([[maybe_unused]] const auto checked, state_->checked(kCall, std::move(reply)));
  return std::move(host.findings());
}

// Verifies what the plugin reports about its push against the host's own record.
base::Result<void> Plugin::State::judge_push(HostServices& services, const Json& reply) const {
  if (services.pushes() > 1) return contract_violation("it called push() twice");
  if (services.failure()) return std::move(*services.failure());
  if (cancellation.requested() && !services.report()) return cancellation.error();
  const bool good = reply.string_or("reply", "") == "ok";
  const std::string claimed = reply.string_or("digest", "");
  if (services.has_error()) {
    if (services.report())
      return contract_violation("it reported a finding of severity error after the image was pushed");
    if (good && !claimed.empty()) return contract_violation("it reported success after a finding of severity error");
    return {};
  }
  if (auto cause = services.passed_on(reply.string_or("message", ""))) return std::move(*cause);
  BERTH_TRY([[maybe_unused]] const auto checked_reply, checked("push_image", reply));
  if (!services.report()) return contract_violation("it reported success, but nothing was pushed");
  if (claimed != services.report()->digest.str())
    return contract_violation(
        fmt::format("it reported {}, but {} was pushed", base::quote(claimed, 100), services.report()->digest.str()));
  return {};
}

base::Result<PushOutcome> Plugin::push(const ImageView& image, const Services& services) {
  HostServices host(services, state_->uri.path(), state_->path, state_->trusted, state_->tools, state_->cancellation,
                    state_->log);
  BERTH_TRY(auto sent, state_->send_image(image));
  const Json message = Json::object({{"do", "push"}, {"image", std::move(sent)}, {"services", host.offered(true)}});
  auto reply = state_->call_with(host, "push_image", message);
  auto judged = reply ? state_->judge_push(host, *reply) : base::Result<void>(std::move(reply).error());
  if (judged) return PushOutcome{std::move(host.findings()), std::move(host.report())};
  // The push was verified and is stored, whatever the plugin did afterwards.
  if (host.report())
    return std::move(judged).error().note(
        fmt::format("while {} was already pushed and verified", host.report()->digest.str()));
  return std::move(judged).error();
}

base::Result<void> Plugin::create() { return state_->start(); }
const PluginSandbox& Plugin::sandbox() const { return state_->sandbox; }
bool Plugin::provides_credentials() const { return state_->provides_credentials; }

const registry::BlobUploadRules& Plugin::upload_rules() const { return state_->upload_rules; }

base::Result<ProvidedCredential> Plugin::ask_for_credential(const registry::CredentialRequest& question, bool refused) {
  constexpr std::string_view kCall = "credential";
  // The registry and the push are not available: they may be waiting for this credential.
  const Services none;
  HostServices host(none, state_->uri.path(), state_->path, state_->trusted, state_->tools, state_->cancellation,
                    state_->log);
  const Json message = Json::object({{"do", "credentials"},
                                     {"host", question.host},
                                     {"repository", question.repository},
                                     {"username", question.username},
                                     {"refused", refused},
                                     {"services", host.offered(false)}});
  BERTH_TRY(auto reply, state_->call_with(host, kCall, message, WorkerProcess::Meanwhile::closed));
  if (state_->cancellation.requested()) return state_->cancellation.error();
  if (reply.string_or("code", "") == "auth.flavor") return broken_source(state_->flavor, reply);
  BERTH_TRY(const auto answer, state_->checked(kCall, std::move(reply)));
  return parse_provided(answer, state_->flavor, state_->path);
}

bool Plugin::recognises_expiry() const { return state_->recognises_expiry; }

base::Result<bool> Plugin::is_expired_credential(const registry::Rejection& rejection) {
  constexpr std::string_view kCall = "is_expired";
  if (!state_->recognises_expiry) return false;
  const Services none;
  HostServices host(none, state_->uri.path(), state_->path, state_->trusted, state_->tools, state_->cancellation,
                    state_->log);
  const Json message = Json::object({{"do", "expired"},
                                     {"code", rejection.code},
                                     {"words", base::redact(rejection.message)},
                                     {"repository", rejection.repository},
                                     {"services", host.offered(false)}});
  BERTH_TRY(auto reply, state_->call_with(host, kCall, message, WorkerProcess::Meanwhile::closed));
  BERTH_TRY(const auto answer, state_->checked(kCall, std::move(reply)));
  return answer.is_true("expired");
}

Error Plugin::explained(Error error, std::string_view repository) {
  constexpr std::string_view kCall = "explain";
  if (!state_->explains || error.registry().empty()) return error;
  const Services none;
  HostServices host(none, state_->uri.path(), state_->path, state_->trusted, state_->tools, state_->cancellation,
                    state_->log);
  const Json message = Json::object({{"do", "explain"},
                                     {"code", error.code()},
                                     {"words", base::redact(error.registry())},
                                     {"repository", repository},
                                     {"services", host.offered(false)}});
  auto reply = state_->call_with(host, kCall, message);
  const auto answer = reply ? state_->checked(kCall, std::move(*reply)) : std::move(reply);
  if (!answer) {
    state_->log.write(base::LogLevel::step, "plugin",
                      {{"call", std::string(kCall)}, {"failed", answer.error().cause()}});
    return error;
  }
  if (!answer->is_true("found")) return error;
  std::string cause = base::escape(answer->string_or("cause", ""));
  std::string fix = base::escape(answer->string_or("fix", ""));
  if (!error.cause().empty()) cause += (cause.empty() ? "" : "; ") + error.cause();
  if (fix.empty()) fix = error.fix();
  return std::move(error).cause(std::move(cause)).fix(std::move(fix));
}

base::Result<void> Plugin::close() {
  BERTH_TRY([[maybe_unused]] const auto reply,
            state_->simple_call("destroy", Json::object({{"do", "destroy"}}), state_->options.destroy_limit));
  return {};
}

}  // namespace berth::flavor
