#include "app/connection.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "app/destination_kind.hpp"
#include "app/registries_conf_policy.hpp"
#include "base/escape.hpp"
#include "base/file_trust.hpp"
#include "flavor/credential_source.hpp"
#include "registry/auth_file.hpp"
#include "registry/credential_helper.hpp"

namespace berth::app {
namespace {

using base::Error;
using base::ErrorClass;

bool is_explicit(const NetworkOptions& options) { return options.username && options.password; }

std::unique_ptr<registry::CredentialSource> explicit_credential(const NetworkOptions& options) {
  return std::make_unique<registry::GivenCredential>(*options.username, options.password->clone(),
                                                     options.password_from);
}

std::unique_ptr<registry::CredentialSource> file_of(const App& app, registry::AuthFile::Options options) {
  options.log = &app.log;
  return std::make_unique<registry::AuthFile>(std::move(options), app.cancellation);
}

bool is_present(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// What the container registry's settings point at is given; without any, nothing is added.
base::Result<bool> add_set_credentials(const App& app, const base::Json& settings, registry::CredentialChain& chain) {
  const auto helper_name = settings.string_or("credential-helper", "");
  const auto file = settings.string_or("credential-file", "");
  const auto username = settings.string_or("username", "");
  if (!helper_name.empty()) {
    BERTH_TRY(auto helper, registry::CredentialHelper::named(helper_name, app.cancellation));
    chain.add_given(std::make_unique<registry::HelperSource>(std::move(helper), username));
  }
  if (!file.empty())
    chain.add_given(file_of(app, {.place = file, .username = username, .variable = "setting credential-file"}));
  return !helper_name.empty() || !file.empty();
}

// The flavor as a source of credentials; null: it is none.
std::unique_ptr<registry::CredentialSource> provided_by(flavor::Plugin& plugin, const Target& target,
                                                        std::optional<base::Result<flavor::ProvidedCredential>> early) {
  if (!plugin.provides_credentials()) return nullptr;
  return std::make_unique<flavor::PluginCredentials>(plugin, target.flavor->metadata->flavor,
                                                     target.settings.string_or("username", ""), std::move(early));
}

// Where docker and containers tools keep credentials, in their order, and what the flavor provides (null: nothing).
void add_found_credentials(const App& app, const std::string& username,
                           std::unique_ptr<registry::CredentialSource> provided, registry::CredentialChain& chain) {
  auto variable = [&](std::string_view name) { return app.variable(name); };
  auto add = [&](registry::AuthFile::Options options) {
    options.username = username;
    chain.add_found(file_of(app, std::move(options)));
  };
  using registry::KeyRule;
  const auto& paths = app.paths;
  if (const auto file = variable("REGISTRY_AUTH_FILE"); !file.empty())
    add({.place = file, .keys = KeyRule::containers, .variable = "REGISTRY_AUTH_FILE"});
  if (provided != nullptr) chain.add_found(std::move(provided));
  const auto runtime = variable("XDG_RUNTIME_DIR");
  add({.place =
           (runtime.empty() ? fmt::format("/run/containers/{}", ::getuid()) : runtime + "/containers") + "/auth.json",
       .keys = KeyRule::containers});
  if (!paths.config_home.empty())
    add({.place = paths.config_home + "/containers/auth.json", .keys = KeyRule::containers});
  if (auto text = variable("DOCKER_AUTH_CONFIG"); !text.empty())
    add({.place = "DOCKER_AUTH_CONFIG", .text = std::move(text), .keys = KeyRule::containers});
  if (!paths.docker_config.empty())
    add({.place = paths.docker_config + "/config.json",
         .keys = KeyRule::docker,
         .variable = variable("DOCKER_CONFIG").empty() ? "" : "DOCKER_CONFIG"});
  if (!paths.legacy_auths.empty() && is_present(paths.legacy_auths))
    add({.place = paths.legacy_auths, .keys = KeyRule::docker, .legacy = true});
}

base::Result<std::unique_ptr<registry::CredentialChain>> credentials_for(
    const App& app, registry::CredentialQuestion question, const base::Json& settings, const NetworkOptions& options,
    std::unique_ptr<registry::CredentialSource> provided) {
  const bool explicitly = is_explicit(options);
  const std::string username = explicitly ? "" : settings.string_or("username", "");
  auto chain = std::make_unique<registry::CredentialChain>(std::move(question), username);
  if (explicitly) {
    chain->add_given(explicit_credential(options));
    return chain;
  }
  BERTH_TRY(const bool set, add_set_credentials(app, settings, *chain));
  if (!set) add_found_credentials(app, username, std::move(provided), *chain);
  return chain;
}

}  // namespace

base::Result<void> check_ca_file(const std::string& where, const std::string& path) {
  const auto usable = http::check_certificate_file(path);
  if (usable) return {};
  return Error(ErrorClass::usage, "usage.ca-file", fmt::format("{}: {}", where, usable.error().message()))
      .cause(usable.error().cause())
      .fix("specify a PEM file of CA certificates");
}

namespace {

std::optional<bool> tls_setting(const base::Json& settings) {
  const base::Json* tls = settings.find("tls");
  return tls != nullptr ? tls->as_bool() : std::nullopt;
}

void warn_of_untrusted_certificates(const App& app, const registry::SessionOptions& session) {
  const auto& trust = session.http.trust;
  for (const auto& path : {session.http.tls.ca_file, trust.file}) base::warn_of_untrusted_file(path, app.log);
  const auto own = http::find_host_certificates(trust.hosts, http::Origin::make(session.tls, session.host));
  if (!own) return;  // the first request explains it
  for (const auto& path : own->authorities) base::warn_of_untrusted_file(path, app.log);
  for (const auto& path : {own->client_certificate, own->client_key}) base::warn_of_untrusted_file(path, app.log);
}

base::Result<registry::SessionOptions> session_options(const App& app, const std::string& host,
                                                       const base::Json& settings, const NetworkOptions& options,
                                                       Events& events) {
  registry::SessionOptions session;
  session.host = host;
  session.tls = options.plain_http ? false : tls_setting(settings).value_or(!oci::is_loopback_host(host));
  session.http.limits = options.limits;
  session.http.proxies = http::ProxyVariables::from(app.environment);
  session.http.trust = http::TrustPlaces::from(app.environment, app.paths.config_home, app.paths.docker_config);
  session.http.tls.verify = !options.insecure;
  const auto ca_setting = settings.string_or("ca-file", "");
  if (!options.ca_file && !ca_setting.empty()) BERTH_CHECK(check_ca_file("setting ca-file", ca_setting));
  session.http.tls.ca_file = options.ca_file.value_or(ca_setting);
  warn_of_untrusted_certificates(app, session);
  if (options.plain_http) events.warning("using HTTP without TLS for " + host + ": --plain-http");
  if (options.insecure) events.warning("not verifying the certificate of " + host + ": --insecure");
  return session;
}

Connection open_session(const App& app, const registry::SessionOptions& options,
                        std::unique_ptr<registry::CredentialChain> credentials) {
  Connection connection;
  connection.options = options;
  connection.credentials = std::move(credentials);
  connection.session = std::make_unique<registry::Session>(options, *connection.credentials, app.cancellation, app.log);
  return connection;
}

std::string login_help(const std::string& username_hint, const std::string& password_hint) {
  std::string help;
  if (!username_hint.empty()) help = "user name: " + username_hint;
  if (!password_hint.empty()) help += (help.empty() ? "password: " : "; password: ") + password_hint;
  return help;
}

}  // namespace

base::Result<Connection> connect(const App& app, ConnectRequest request, Events& events) {
  const Target& target = request.target;
  const NetworkOptions& options = request.options;
  BERTH_TRY(auto session, session_options(app, target.uri.host(), target.settings, options, events));
  session.http.on_retry = std::move(request.on_retry);
  BERTH_CHECK(
      apply_registries_conf(app, target.reference(), tls_setting(target.settings).has_value(), session, events));
  session.login_help = login_help(target.flavor->metadata->login_user, target.flavor->metadata->login_secret);
  if (request.purpose == Purpose::check) session.actions = "pull";
  BERTH_TRY(auto credentials,
            credentials_for(app, {target.uri.host(), target.full_repository}, target.settings, options,
                            provided_by(request.plugin, target, std::move(request.early_credential))));
  return open_session(app, session, std::move(credentials));
}

bool asks_flavor_for_credential(const App& app, const Target& target, const NetworkOptions& options) {
  return target.kind().requires_credentials() && !is_explicit(options) &&
         app.environment("REGISTRY_AUTH_FILE").value_or("").empty() &&
         target.settings.string_or("credential-helper", "").empty() &&
         target.settings.string_or("credential-file", "").empty();
}

base::Result<Connection> connect_to_pull(const App& app, const registry::PullSource& place, const base::Json& settings,
                                         const NetworkOptions& options, Events& events) {
  const auto& reference = place.reference;
  BERTH_TRY(auto session, session_options(app, reference.host(), settings, options, events));
  if (place.insecure) allow_insecure(app, place.place, tls_setting(settings).has_value(), session, events);
  session.actions = "pull";
  BERTH_TRY(auto credentials,
            credentials_for(app, {reference.host(), reference.repository()}, settings, options, nullptr));
  return open_session(app, session, std::move(credentials));
}

base::Result<Connection> connect_to_log_in(const App& app, const LoginHost& host, const NetworkOptions& options,
                                           Events& events) {
  BERTH_TRY(auto session, session_options(app, host.host, host.settings, options, events));
  session.login_help = login_help(host.username_hint, host.password_hint);
  BERTH_CHECK(apply_registries_conf(app, host.host, tls_setting(host.settings).has_value(), session, events));
  auto credentials = std::make_unique<registry::CredentialChain>(registry::CredentialQuestion{host.host, {}});
  credentials->add_given(explicit_credential(options));
  return open_session(app, session, std::move(credentials));
}

}  // namespace berth::app
