#include "app/connection.hpp"

#include <fmt/format.h>

#include <string>

#include "app/credentials.hpp"
#include "app/registries_conf_policy.hpp"
#include "base/file_trust.hpp"

namespace berth::app {
namespace {

std::optional<bool> tls_setting(const base::Json& settings) {
  const base::Json* tls = settings.find("tls");
  return tls != nullptr ? tls->as_bool() : std::nullopt;
}

void warn_of_untrusted_certificates(const App& app, const registry::RegistryOptions& registry) {
  const auto& trust = registry.http.trust;
  for (const auto& path : {registry.http.tls.ca_file, trust.file})
    base::warn_of_untrusted_file(path, app.log);
  const auto own =
      http::find_host_certificates(trust.hosts, http::Origin::make(registry.tls, registry.host));
  if (!own) return;  // the first request explains it
  for (const auto& path : own->authorities) base::warn_of_untrusted_file(path, app.log);
  for (const auto& path : {own->client_certificate, own->client_key})
    base::warn_of_untrusted_file(path, app.log);
}

base::Result<registry::RegistryOptions> registry_options(const App& app, const std::string& host,
                                                         const base::Json& settings,
                                                         const NetworkOptions& options,
                                                         Events& events) {
  registry::RegistryOptions registry;
  registry.host = host;
  registry.tls =
      options.plain_http ? false : tls_setting(settings).value_or(!oci::is_loopback_host(host));
  registry.http.limits = options.limits;
  registry.http.proxies = http::ProxyVariables::from(app.environment);
  registry.http.trust =
      http::TrustPlaces::from(app.environment, app.paths.config_home, app.paths.docker_config);
  registry.http.tls.verify = !options.insecure;
  const auto ca_setting = settings.string_or("ca-file", "");
  if (!options.ca_file && !ca_setting.empty())
    BERTH_CHECK(check_ca_file("setting ca-file", ca_setting));
  registry.http.tls.ca_file = options.ca_file.value_or(ca_setting);
  warn_of_untrusted_certificates(app, registry);
  if (options.plain_http) events.warning("using HTTP without TLS for " + host + ": --plain-http");
  if (options.insecure) events.warning("not verifying the certificate of " + host + ": --insecure");
  return registry;
}

Connection open_client(const App& app, const registry::RegistryOptions& options,
                       std::unique_ptr<registry::CredentialChain> credentials) {
  Connection connection;
  connection.options = options;
  connection.credentials = std::move(credentials);
  connection.client = std::make_unique<registry::RegistryClient>(options, *connection.credentials,
                                                                 app.cancellation, app.log);
  return connection;
}

std::string login_help(const std::string& username_hint, const std::string& password_hint) {
  std::string help;
  if (!username_hint.empty()) help = "user name: " + username_hint;
  if (!password_hint.empty())
    help += (help.empty() ? "password: " : "; password: ") + password_hint;
  return help;
}

}  // namespace

base::Result<Connection> connect(const App& app, ConnectRequest request, Events& events) {
  const Target& target = request.target;
  const NetworkOptions& options = request.options;
  BERTH_TRY(auto registry,
            registry_options(app, target.uri.host(), target.settings, options, events));
  registry.http.on_retry = std::move(request.on_retry);
  BERTH_CHECK(apply_registries_conf(app, target.reference(),
                                    tls_setting(target.settings).has_value(), registry, events));
  registry.login_help =
      login_help(target.flavor->metadata->login_user, target.flavor->metadata->login_secret);
  if (request.purpose == Purpose::check) registry.actions = "pull";
  if (request.purpose == Purpose::remove) registry.actions = "pull,delete";
  BERTH_TRY(auto credentials,
            find_credentials(
                app, {target.uri.host(), target.image.full_repository}, target.settings, options,
                flavor_credentials(request.plugin, target, std::move(request.early_credential))));
  return open_client(app, registry, std::move(credentials));
}

base::Result<Connection> connect_to_pull(const App& app, const registry::PullSource& place,
                                         const base::Json& settings, const NetworkOptions& options,
                                         Events& events) {
  const auto& reference = place.reference;
  BERTH_TRY(auto registry, registry_options(app, reference.host(), settings, options, events));
  if (place.insecure)
    allow_insecure(app, place.defined_at, tls_setting(settings).has_value(), registry, events);
  registry.actions = "pull";
  BERTH_TRY(auto credentials, find_credentials(app, {reference.host(), reference.repository()},
                                               settings, options, nullptr));
  return open_client(app, registry, std::move(credentials));
}

base::Result<Connection> connect_to_log_in(const App& app, const LoginHost& host,
                                           const NetworkOptions& options, Events& events) {
  BERTH_TRY(auto registry, registry_options(app, host.host, host.settings, options, events));
  registry.login_help = login_help(host.username_hint, host.password_hint);
  BERTH_CHECK(apply_registries_conf(app, host.host, tls_setting(host.settings).has_value(),
                                    registry, events));
  return open_client(app, registry, explicit_credentials({host.host, {}}, options));
}

}  // namespace berth::app
