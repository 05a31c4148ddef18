#include "flavor/plugin.hpp"

#include <berth/abi.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.hpp"
#include "base/redact.hpp"
#include "channel/extension_calls.hpp"
#include "flavor/call_handler.hpp"
#include "flavor/flavor_settings.hpp"
#include "flavor/listed_extensions.hpp"
#include "flavor/plugin_errors.hpp"
#include "flavor/plugin_messages.hpp"
#include "flavor/provided_credential.hpp"
#include "flavor/sealed_copy.hpp"
#include "flavor/system_services.hpp"
#include "flavor/trust.hpp"
#include "flavor/validate_upload_rules.hpp"
#include "flavor/verify_push.hpp"
#include "flavor/worker_process.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;

template <class Call>
using Outcome = channel::Outcome<typename Call::Response, channel::PluginError>;

Json no_services(std::string_view, const Json&) {
  return refused_request("services are not available in this call");
}
void no_notifications(std::string_view, const Json&) {}

}  // namespace

struct Plugin::State {
  ~State() {
    if (!options.ended) return;
    const auto& crash = worker.crash();
    if (crash || is_created) options.ended(candidate, crash ? &*crash : nullptr);
  }

  WorkerProcess worker;
  std::string path;
  std::string flavor;
  oci::RegistryUri uri;
  PluginOptions options;
  const base::Cancellation& cancellation;
  base::Log& log;
  SystemServices system;
  bool trusted = false;  // registered or installed
  Candidate candidate;
  std::vector<channel::SettingValue> settings;
  std::vector<std::string> extensions{};
  bool recognises_expiry = false;
  bool is_created = false;
  PluginSandbox sandbox{};
  registry::BlobUploadRules upload_rules{};

  CallHandler handler(const Services& services) {
    return CallHandler(services, {path, uri.path(), trusted, flavor}, system, cancellation, log);
  }

  // Sends a request that the plugin may not answer with a call of a service.
  template <class Call>
  base::Result<Outcome<Call>> exchange(const typename Call::Request& request,
                                       std::chrono::milliseconds limit) {
    BERTH_TRY(const auto frame, worker.call(Call::kInfo, channel::encode(request), limit,
                                            no_services, no_notifications));
    return decode<Call>(frame);
  }
  template <class Call>
  base::Result<Outcome<Call>> exchange(const typename Call::Request& request,
                                       CallHandler& services) {
    BERTH_TRY(const auto frame, call_with(services, Call::kInfo, channel::encode(request)));
    return decode<Call>(frame);
  }
  base::Result<Json> call_with(CallHandler& services, const channel::CallInfo& info, Json params);
  template <class Call>
  base::Result<Outcome<Call>> decode(const Json& frame) {
    auto outcome = channel::decode_response<typename Call::Response, channel::PluginError>(frame);
    if (!outcome) return worker.reject_response(Call::kInfo, outcome.error().cause());
    return outcome;
  }
  // Returns the response, or the error of the plugin.
  template <class Call>
  base::Result<typename Call::Response> checked(Outcome<Call> outcome) const {
    if (const auto* error = std::get_if<1>(&outcome)) return failed_call(path, Call::kInfo, *error);
    return std::move(*std::get_if<0>(&outcome));
  }

  [[nodiscard]] bool has_extension(std::string_view id) const {
    return std::find(extensions.begin(), extensions.end(), id) != extensions.end();
  }
  base::Result<void> enter_sandbox();
  base::Result<void> load();
  base::Result<void> create();
  // Sends the parts of the image that do not fit into the call's request; returns that request.
  base::Result<channel::ImageRequest> send_image(const ImageView& image,
                                                 const CallHandler& services, bool may_push) {
    BERTH_TRY(
        auto request,
        split_image(image, [this](const channel::AddToImage::Request& part) -> base::Result<void> {
          BERTH_TRY(auto outcome, exchange<channel::AddToImage>(part, options.call_limit));
          BERTH_CHECK(checked<channel::AddToImage>(std::move(outcome)));
          return {};
        }));
    request.services = services.available_services(may_push);
    return request;
  }
};

Plugin::Plugin(std::unique_ptr<State> state) : state_(std::move(state)) {}
Plugin::Plugin(Plugin&&) noexcept = default;
Plugin& Plugin::operator=(Plugin&&) noexcept = default;
Plugin::~Plugin() = default;

base::Result<void> Plugin::State::enter_sandbox() {
  const bool debugged = static_cast<bool>(options.wait_for_debugger);
  BERTH_TRY(const auto entered, worker.enter_sandbox(options.load_limit, debugged));
  if (debugged && !options.wait_for_debugger(worker.process_id())) return cancellation.error();
  sandbox = {.parts = entered.parts, .thread_limit = entered.threads};
  log_sandbox(path, sandbox.parts, sandbox.thread_limit, log);
  const auto missing = platform::missing_part(sandbox.parts);
  if (missing.empty() || candidate.origin != Origin::user) return {};
  if (!options.allow_unsandboxed) return unsandboxed(path, missing);
  log.write(
      base::LogLevel::warning,
      fmt::format("plugin {} is not sandboxed: {} is unavailable on this machine", path, missing),
      {});
  return {};
}

base::Result<void> Plugin::State::load() {
  BERTH_TRY(auto outcome, exchange<channel::LoadPlugin>({}, options.load_limit));
  BERTH_TRY(const auto loaded, checked<channel::LoadPlugin>(std::move(outcome)));
  if (loaded.metadata != candidate.metadata->note ||
      loaded.min_host_minor != candidate.metadata->min_host_minor)
    return Error(ErrorClass::trust, "flavor.note-differs",
                 "metadata of " + path + " differs once it is loaded")
        .cause("its descriptor and its note differ");
  return {};
}

base::Result<void> Plugin::State::create() {
  BERTH_TRY(auto outcome,
            exchange<channel::CreateFlavor>({uri.str(), settings}, options.create_limit));
  if (const auto* error = std::get_if<1>(&outcome);
      error != nullptr && error->code == "flavor.refused")
    return rejected_registry(flavor, uri.str(), *error);
  BERTH_TRY(auto created, checked<channel::CreateFlavor>(std::move(outcome)));
  BERTH_TRY(extensions,
            listed_extensions(std::move(created.extensions), *candidate.metadata, path));
  recognises_expiry = created.recognises_expiry;
  is_created = true;
  if (!has_extension(BERTH_UPLOAD_RULES_1)) return {};
  BERTH_TRY(upload_rules, validate_upload_rules(created.upload_rules, path));
  log_upload_rules(upload_rules, log);
  return {};
}

base::Result<Plugin> Plugin::spawn(const Candidate& candidate, const oci::RegistryUri& uri,
                                   const Json& settings, const PluginOptions& options,
                                   const base::Cancellation& cancellation, base::Log& log) {
  BERTH_TRY(const auto schema, settings_of(candidate.metadata->settings_schema));
  BERTH_TRY(const auto copy, sealed_copy(candidate));
  BERTH_TRY(auto worker,
            WorkerProcess::start(options.worker_program, copy, candidate.path, cancellation, log));
  return Plugin(std::unique_ptr<State>(new State{
      std::move(worker), candidate.path, candidate.metadata->flavor, uri, options, cancellation,
      log,
      SystemServices(*candidate.metadata, options.variables, options.http, cancellation, log,
                     user_settings(schema, settings), registry_origin(uri, settings)),
      candidate.origin != Origin::user, candidate, setting_values(schema, settings)}));
}

base::Result<Plugin> Plugin::start(const Candidate& candidate, const oci::RegistryUri& uri,
                                   const Json& settings, const PluginOptions& options,
                                   const base::Cancellation& cancellation, base::Log& log) {
  BERTH_TRY(auto plugin, spawn(candidate, uri, settings, options, cancellation, log));
  BERTH_CHECK(plugin.create());
  return plugin;
}

base::Result<void> Plugin::load() {
  BERTH_CHECK(state_->enter_sandbox());
  return state_->load();
}

base::Result<void> Plugin::create_another() { return state_->create(); }

base::Result<void> Plugin::create() {
  BERTH_CHECK(load());
  return create_another();
}

base::Result<void> Plugin::release() {
  BERTH_TRY(auto outcome,
            state_->exchange<channel::ReleaseFlavors>({}, state_->options.destroy_limit));
  BERTH_CHECK(state_->checked<channel::ReleaseFlavors>(std::move(outcome)));
  return {};
}

pid_t Plugin::process_id() const { return state_->worker.process_id(); }

const std::vector<std::string>& Plugin::extensions() const { return state_->extensions; }

base::Result<Json> Plugin::State::call_with(CallHandler& services, const channel::CallInfo& info,
                                            Json params) {
  using Reentrancy = WorkerProcess::Reentrancy;
  return worker.call(
      info, std::move(params), options.call_limit,
      [&](std::string_view method, const Json& request) {
        return services.handle_request(method, request);
      },
      [&](std::string_view method, const Json& content) {
        services.handle_notification(method, content);
      },
      info.nested ? Reentrancy::forbidden : Reentrancy::allowed);
}

base::Result<std::vector<Finding>> Plugin::prepare(const ImageView& image,
                                                   const Services& services) {
  auto host = state_->handler(services);
  BERTH_TRY(const auto request, state_->send_image(image, host, false));
  BERTH_TRY(auto outcome, state_->exchange<channel::PrepareImagePush>(request, host));
  if (!host.violation().empty()) return contract_violation(state_->path, host.violation());
  if (state_->cancellation.requested()) return state_->cancellation.error();
  if (const auto* error = std::get_if<1>(&outcome))
    if (auto original = host.original_error(error->host_error)) return std::move(*original);
  BERTH_CHECK(state_->checked<channel::PrepareImagePush>(std::move(outcome)));
  return std::move(host.findings());
}

base::Result<PushOutcome> Plugin::push(const ImageView& image, const Services& services) {
  auto host = state_->handler(services);
  BERTH_TRY(const auto request, state_->send_image(image, host, true));
  const auto outcome = state_->exchange<channel::PushImage>(request, host);
  auto verified = outcome ? verify_push(state_->path, host, *outcome, state_->cancellation)
                          : base::Result<void>(outcome.error().clone());
  if (verified) return PushOutcome{std::move(host.findings()), std::move(host.report())};
  // The push was verified and is stored, whatever the plugin did afterwards.
  if (host.report())
    return std::move(verified).error().note(
        fmt::format("while {} was already pushed and verified", host.report()->digest.str()));
  return std::move(verified).error();
}

// The registry and the push are not available to extensions: they may be waiting for the result.
base::Result<Json> Plugin::exchange(const channel::CallInfo& info, Json params) {
  const Services none;
  auto host = state_->handler(none);
  return state_->call_with(host, info, std::move(params));
}

Error Plugin::reject_response(const channel::CallInfo& info, const std::string& cause) {
  return state_->worker.reject_response(info, cause);
}

bool Plugin::has_extension(std::string_view id) const { return state_->has_extension(id); }

const PluginSandbox& Plugin::sandbox() const { return state_->sandbox; }

bool Plugin::provides_credentials() const {
  return has_extension(channel::GetCredential::kInfo.interface);
}

const registry::BlobUploadRules& Plugin::upload_rules() const { return state_->upload_rules; }

base::Result<ProvidedCredential> Plugin::ask_for_credential(
    const registry::CredentialRequest& question, bool refused) {
  BERTH_TRY(auto outcome, call_extension<channel::GetCredential>(
                              {question.host, question.repository, question.username, refused}));
  if (state_->cancellation.requested()) return state_->cancellation.error();
  if (const auto* error = std::get_if<1>(&outcome);
      error != nullptr && error->code == "auth.flavor")
    return broken_source(state_->flavor, *error);
  BERTH_TRY(auto response, state_->checked<channel::GetCredential>(std::move(outcome)));
  return validate_credential(std::move(response), state_->flavor, state_->path);
}

bool Plugin::recognises_expiry() const { return state_->recognises_expiry; }

base::Result<bool> Plugin::is_expired_credential(const registry::Rejection& rejection) {
  if (!state_->recognises_expiry) return false;
  BERTH_TRY(auto outcome, call_extension<channel::IsExpired>(describe_error(
                              rejection.code, rejection.message, rejection.repository)));
  BERTH_TRY(const auto response, state_->checked<channel::IsExpired>(std::move(outcome)));
  return response.expired;
}

Error Plugin::explained(Error error, std::string_view repository) {
  if (!has_extension(channel::ExplainError::kInfo.interface) || error.registry().empty())
    return error;
  auto outcome = call_extension<channel::ExplainError>(
      describe_error(error.code(), error.registry(), repository));
  const auto explanation =
      outcome ? state_->checked<channel::ExplainError>(std::move(*outcome))
              : base::Result<channel::ExplainError::Response>(std::move(outcome).error());
  if (!explanation) {
    state_->log.write(base::LogLevel::step, "plugin",
                      {{"call", std::string(channel::ExplainError::kInfo.function)},
                       {"failed", explanation.error().cause()}});
    return error;
  }
  return explanation->found ? with_explanation(std::move(error), *explanation) : std::move(error);
}

base::Result<void> Plugin::close() {
  BERTH_TRY(auto outcome,
            state_->exchange<channel::DestroyFlavor>({}, state_->options.destroy_limit));
  BERTH_CHECK(state_->checked<channel::DestroyFlavor>(std::move(outcome)));
  return {};
}

}  // namespace berth::flavor
